/** Runs the operations of golden traces, and of the property tests, on a real device through its public API. */

import {
  type AllocationKind,
  KCOV_DISABLE,
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_REMOTE_ENABLE,
  Kcov,
  type KcovAbi,
  type KcovContext,
  KcovError,
  type KcovMapping,
  type KcovRemoteArg,
  type KcovSnapshot,
  type KcovTaskSnapshot,
} from "../../src/index.ts";

const PAGE_BYTES = 4096;
const COMMANDS: Record<string, number> = {
  INIT_TRACE: KCOV_INIT_TRACE,
  ENABLE: KCOV_ENABLE,
  DISABLE: KCOV_DISABLE,
  REMOTE_ENABLE: KCOV_REMOTE_ENABLE,
};

/** One operation: fields as the format's description in the golden traces has them. */
export type Op = { op: string } & Record<string, unknown>;

/** What an operation answered. */
export interface OpResult {
  ret: number | string;
  warn: number;
  data?: string[];
  pages?: number;
  dontexpand?: boolean;
}

/** State in the format of the traces: fds and task numbers are the script's. */
export interface SystemState {
  /** Only in the traces of newer kernels, as `context` and `saved`. */
  cpu?: number;
  current: number;
  /** Only in the traces of v5.5. */
  in_task?: boolean;
  context?: string;
  saved?: unknown;
  kcovs: unknown[];
  tasks: unknown[];
  remotes: unknown[];
  free: number[];
  alloc: { descriptors: number; areas: number; remote_areas: number; remotes: number };
}

export interface SystemOptions {
  comparisons?: boolean;
  vmallocLimit?: bigint;
  kaslrOffset?: bigint;
  abi?: KcovAbi;
  /** Each is a thread of the device. Default 1. */
  cpus?: number;
  irqAreaWords?: number;
}

export class System {
  readonly #cpus: readonly Kcov[];
  #selected = 0;
  /** States are those of the traces of v5.5. */
  readonly #isOld: boolean;
  /** From the script's fd to the device's. The script never reuses a number. */
  readonly #fds = new Map<number, number>();
  readonly #fdOfKcov = new Map<number, number>();
  /** Task 0 is what CPU 1 begins with. */
  readonly #tasks = new Map<number, number>([
    [1, 1],
    [0, 2],
  ]);
  readonly #taskNames = new Map<number, number>([
    [1, 1],
    [2, 0],
  ]);
  readonly #maps = new Map<number, KcovMapping>();
  readonly #injected = new Map<string, number>();
  /** Runs between the two reads of a REMOTE_ENABLE argument. */
  #betweenReads: (() => void) | undefined;

  static async create(options: SystemOptions = {}): Promise<System> {
    let system: System | undefined;
    const failAllocation = (what: AllocationKind): boolean => system?.failAllocation(what) ?? false;
    const { abi, irqAreaWords, cpus = 1 } = options;
    const kcov = await Kcov.create({
      comparisons: options.comparisons ?? true,
      areaLimitBytes: Number(options.vmallocLimit ?? 16777216n),
      slide: options.kaslrOffset ?? 0n,
      failAllocation,
      ...(abi === undefined ? {} : { abi }),
      ...(irqAreaWords === undefined ? {} : { irqAreaWords }),
    });
    system = new System(
      cpus === 1 ? [kcov] : [kcov, Kcov.attachSync(kcov.memory, { failAllocation })],
      abi === undefined,
    );
    return system;
  }

  private constructor(cpus: readonly Kcov[], isOld: boolean) {
    this.#cpus = cpus;
    this.#isOld = isOld;
  }

  /** The selected CPU. */
  get kcov(): Kcov {
    return this.#cpus[this.#selected] as Kcov;
  }

  /** Runs one operation. */
  run(op: Op): OpResult {
    const before = this.kcov.warnings;
    let result: Partial<OpResult>;
    try {
      result = this.#dispatch(op);
    } catch (error) {
      if (!(error instanceof KcovError)) throw error;
      result = { ret: error.errno };
    }
    return { ret: 0, ...result, warn: this.kcov.warnings - before };
  }

  /** The whole state, with the script's numbers. */
  state(): SystemState {
    const { current, inTask, context, saved, kcovs, tasks, remotes, free, alloc }: KcovSnapshot = this.kcov.inspect();
    return {
      current: this.#taskName(current),
      ...(this.#isOld
        ? { in_task: inTask }
        : { cpu: this.#selected, context, saved: saved && { ...saved, kcov: this.#fdName(saved.kcov) } }),
      kcovs: kcovs.map((kcov) => ({
        fd: this.#fdName(kcov.id),
        open: kcov.fds.length > 0,
        mode: kcov.mode,
        size: kcov.size,
        area: kcov.area,
        t: kcov.task === null ? null : this.#taskName(kcov.task),
        remote: kcov.remote,
        remote_size: kcov.remoteSize,
        sequence: kcov.sequence,
        refcount: kcov.refcount,
      })),
      tasks: tasks.map((task) => this.#taskState(task)),
      remotes: remotes.map(([handle, kcov]) => [handle.toString(), this.#fdName(kcov)]),
      free,
      alloc: {
        descriptors: alloc.descriptors,
        areas: alloc.areas,
        remote_areas: alloc.remoteAreas,
        remotes: alloc.remotes,
      },
    };
  }

  #taskState({ id, mode, size, area, kcov, sequence, handle, softirq, remoteKcov }: KcovTaskSnapshot): unknown {
    const fdName = (of: number | null): number | null => (of === null ? null : this.#fdName(of));
    return {
      task: this.#taskName(id),
      mode,
      size,
      area,
      kcov: fdName(kcov),
      sequence,
      handle: handle.toString(),
      ...(this.#isOld ? {} : { softirq }),
      ...(remoteKcov === undefined ? {} : { remote_kcov: fdName(remoteKcov) }),
    };
  }

  /** The device's fault injection. */
  failAllocation(what: AllocationKind): boolean {
    if (what === "memdup_user") this.#betweenReads?.();
    const after = this.#injected.get(what);
    if (after === undefined) return false;
    if (after > 0) {
      this.#injected.set(what, after - 1);
      return false;
    }
    this.#injected.delete(what);
    return true;
  }

  #dispatch(op: Op): Partial<OpResult> {
    const { kcov } = this;
    switch (op.op) {
      case "task_new":
        this.#newTask(op.task as number, op.parent as number);
        return {};
      case "switch":
        kcov.switchTo(this.#task(op.task));
        return {};
      case "task_exit":
        this.#cpuOf(this.#task(op.task)).taskExit(this.#task(op.task));
        return {};
      case "open":
        this.#open(op.fd as number);
        return {};
      case "close":
        kcov.close(this.#fd(op));
        return {};
      case "ioctl":
        return { ret: this.#ioctl(op) };
      case "remote_enable":
        return { ret: this.#remoteEnable(op) };
      case "mmap":
        return this.#mmap(op);
      case "read":
        return this.#read(op);
      case "write":
        this.#words(op, op.index as number, 1)[0] = BigInt(op.value as string);
        return {};
      case "trace_pc":
        kcov.hooks.__sanitizer_cov_trace_pc(u64(op.ip));
        return {};
      case "trace_cmp":
        this.#traceCmp(op);
        return {};
      case "trace_switch":
        kcov.traceSwitch(u64(op.val), (op.cases as string[]).map(BigInt), u64(op.ip));
        return {};
      case "remote_start":
        kcov.remoteStart(u64(op.handle));
        return {};
      case "remote_stop":
        kcov.remoteStop();
        return {};
      case "common_handle":
        return { ret: kcov.commonHandle().toString() };
      case "cpu":
        this.#selected = op.value as number;
        return {};
      case "context":
        kcov.setContext(op.value as KcovContext);
        return {};
      case "in_task":
        kcov.setInTask(op.value as boolean);
        return {};
      case "inject":
        this.#injected.set(op.what as string, (op.after as number | undefined) ?? 0);
        return {};
      default:
        throw new Error(`unknown operation ${op.op}`);
    }
  }

  /** Whose current task it is; else the selected one. */
  #cpuOf(task: number): Kcov {
    return this.#cpus.find(({ current }) => current === task) ?? this.kcov;
  }

  #newTask(name: number, parent: number): void {
    const id = this.kcov.taskInit(this.#task(parent));
    this.#tasks.set(name, id);
    this.#taskNames.set(id, name);
  }

  #open(name: number): void {
    const fd = this.kcov.open();
    this.#fds.set(name, fd);
    const opened = this.kcov.inspect().kcovs.at(-1);
    if (opened === undefined) throw new Error("open left no descriptor");
    this.#fdOfKcov.set(opened.id, name);
  }

  #ioctl(op: Op): number {
    const name = op.cmd as string;
    const arg = BigInt((op.arg as string | undefined) ?? "0");
    return this.kcov.ioctl(this.#fd(op), COMMANDS[name] ?? Number(name), arg);
  }

  #remoteEnable(op: Op): number {
    if (op.fault === true) return this.kcov.ioctl(this.#fd(op), KCOV_REMOTE_ENABLE, undefined);
    const reread = op.reread_num_handles as number | undefined;
    if (reread === undefined) return this.kcov.ioctl(this.#fd(op), KCOV_REMOTE_ENABLE, remoteArg(op));
    const struct = rawRemoteArg(op);
    this.#betweenReads = () => new DataView(struct.buffer).setUint32(8, reread, true);
    try {
      return this.kcov.ioctl(this.#fd(op), KCOV_REMOTE_ENABLE, struct);
    } finally {
      this.#betweenReads = undefined;
    }
  }

  #mmap(op: Op): Partial<OpResult> {
    const offset = ((op.pgoff as number | undefined) ?? 0) * PAGE_BYTES;
    const mapping = this.kcov.mmap(this.#fd(op), op.length as number, offset);
    this.#maps.set(op.map as number, mapping);
    return { pages: mapping.pages, dontexpand: mapping.address !== 0 };
  }

  #read(op: Op): Partial<OpResult> {
    const words = this.#words(op, op.from as number, op.count as number);
    return { data: Array.from(words, String) };
  }

  #words(op: Op, from: number, count: number): BigUint64Array<ArrayBufferLike> {
    const mapping = this.#maps.get(op.map as number);
    if (mapping === undefined) throw new Error(`no mapping ${op.map}`);
    return mapping.subarray(from, from + count);
  }

  #traceCmp(op: Op): void {
    const { hooks } = this.kcov;
    const kind = op.const === true ? "const_cmp" : "cmp";
    const ip = u64(op.ip);
    if (op.size === 8) {
      hooks[`__sanitizer_cov_trace_${kind}8`](u64(op.a), u64(op.b), ip);
      return;
    }
    const operand = (value: unknown): number => Number(BigInt.asIntN(32, u64(value)));
    hooks[`__sanitizer_cov_trace_${kind}${op.size as 1 | 2 | 4}`](operand(op.a), operand(op.b), ip);
  }

  #fd(op: Op): number {
    return this.#fds.get(op.fd as number) ?? -1;
  }

  #fdName(kcov: number): number {
    return this.#fdOfKcov.get(kcov) ?? -1;
  }

  #task(name: unknown): number {
    return this.#tasks.get(name as number) ?? -1;
  }

  #taskName(id: number): number {
    return this.#taskNames.get(id) ?? -1;
  }
}

function u64(value: unknown): bigint {
  return BigInt.asUintN(64, BigInt(value as string));
}

function remoteArg(op: Op): KcovRemoteArg {
  const handles = (op.handles as string[]).map(BigInt);
  return {
    traceMode: op.trace_mode as number,
    areaSize: op.area_size as number,
    numHandles: (op.num_handles as number | undefined) ?? handles.length,
    commonHandle: u64(op.common_handle ?? "0"),
    handles,
  };
}

/** `struct kcov_remote_arg` in shared memory, where another thread could change it. */
function rawRemoteArg(op: Op): Uint8Array {
  const handles = (op.handles as string[]).map(BigInt);
  const struct = new Uint8Array(new SharedArrayBuffer(24 + 8 * handles.length));
  const view = new DataView(struct.buffer);
  view.setUint32(0, op.trace_mode as number, true);
  view.setUint32(4, op.area_size as number, true);
  view.setUint32(8, (op.num_handles as number | undefined) ?? handles.length, true);
  view.setBigUint64(16, u64(op.common_handle ?? "0"), true);
  for (const [index, handle] of handles.entries()) view.setBigUint64(24 + 8 * index, handle, true);
  return struct;
}
