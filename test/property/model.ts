/**
 * A second reading of the device's rules, in plain objects: no locks, no shared memory, no code of the device. The
 * numbers of the user API are typed again on purpose.
 */

import type { KcovContext } from "../../src/index.ts";
import { type Area, appendComparison, appendPc, moveRecords, U64 } from "./model_area.ts";
import { ModelBase, stopTask } from "./model_base.ts";
import {
  type Mapping,
  type ModelKcov,
  ModelRefusal,
  type ModelTask,
  modelTask,
  type RemoteRequest,
} from "./model_state.ts";

const EBADF = 9;
const ENOMEM = 12;
const EFAULT = 14;
const EBUSY = 16;
const EEXIST = 17;
const EINVAL = 22;
const ENOTTY = 25;
const ENOTSUPP = 524;

const USB = 1n;

export class Model extends ModelBase {
  #warnedInsertPage = false;

  open(): number {
    if (this.fails("kzalloc")) throw new ModelRefusal(ENOMEM);
    const fd = this.lowestFd();
    const kcov: ModelKcov = {
      id: this.state.nextKcov++,
      mode: "DISABLED",
      size: 0,
      area: null,
      task: null,
      remote: false,
      remoteSize: 0,
      sequence: 1,
      refcount: 1,
      owned: false,
    };
    this.state.kcovs.push(kcov);
    this.state.fds.set(fd, kcov);
    return fd;
  }

  dup(fd: number, to?: number): number {
    const kcov = this.descriptor(fd);
    if (to === fd) return fd;
    if (to !== undefined && (to < 0 || to >= 16384)) throw new ModelRefusal(EBADF);
    const target = to ?? this.lowestFd();
    const old = this.state.fds.get(target);
    this.state.fds.set(target, kcov);
    if (old !== undefined) this.dropFile(old);
    return target;
  }

  close(fd: number): void {
    const kcov = this.descriptor(fd);
    this.state.fds.delete(fd);
    this.dropFile(kcov);
  }

  ioctl(fd: number, cmd: number, arg: bigint): 0 {
    const kcov = this.descriptor(fd);
    const unsigned = BigInt.asUintN(64, arg);
    if (cmd === 0x80086301) this.#initTrace(kcov, unsigned);
    else if (cmd === 0x6364) this.#enable(kcov, unsigned);
    else if (cmd === 0x6365) this.#disable(kcov, unsigned);
    // As an address, no number is readable memory.
    else if (cmd === 0x40186366) throw new ModelRefusal(EFAULT);
    else throw new ModelRefusal(ENOTTY);
    return 0;
  }

  remoteEnable(fd: number, request: RemoteRequest): 0 {
    const kcov = this.descriptor(fd);
    const { traceMode, areaSize, numHandles, commonHandle, handles } = request;
    if (numHandles > 256) throw new ModelRefusal(EINVAL);
    if (this.fails("memdup_user")) throw new ModelRefusal(ENOMEM);
    if (numHandles > handles.length) throw new ModelRefusal(EFAULT);
    const { abi } = this.options;
    const mode = this.#mayEnable(kcov, BigInt(traceMode), abi === "v7.2" ? "remoteKcov" : "kcov");
    const task = this.current();
    Object.assign(kcov, { mode, task, remote: true, remoteSize: areaSize });
    if (abi === "v7.2") {
      task.remoteKcov = kcov;
      if (task.mode !== "DISABLED") this.events.add("bothAtOnce");
    } else task.kcov = kcov;
    if (abi === "v6.12") task.mode = "REMOTE";
    try {
      for (const handle of handles.slice(0, numHandles)) this.#register(kcov, handle, isUsb(handle));
      if (commonHandle !== 0n) this.#register(kcov, commonHandle, isCommon(commonHandle));
    } catch (error) {
      this.events.add("undone");
      this.endTracing(task, kcov);
      throw error;
    }
    if (commonHandle !== 0n) task.handle = commonHandle;
    kcov.refcount++;
    kcov.owned = true;
    this.events.add("remoteEnable");
    return 0;
  }

  mmap(fd: number, length: number, offset: number): { pages: number } {
    const kcov = this.descriptor(fd);
    const { abi } = this.options;
    if (abi === "v5.5" && this.noRoom("vmalloc_user", length)) throw new ModelRefusal(ENOMEM);
    const mappable = abi === "v5.5" ? kcov.mode === "INIT" : kcov.area !== null;
    if (!mappable || offset !== 0 || length !== kcov.size * 8) throw new ModelRefusal(EINVAL);
    const mapping: Mapping = { area: null, length, missing: new Set(), mapped: true };
    const pages = Math.ceil(length / 4096);
    if (abi === "v5.5" && kcov.area !== null) {
      this.events.add("unbackedMapping");
      this.state.mappings.push(mapping);
      return { pages: 0 };
    }
    kcov.area ??= new BigUint64Array(kcov.size);
    if (this.fails("vm_insert_page")) {
      if (this.hasSoftirq) throw new ModelRefusal(ENOMEM);
      mapping.missing.add(0);
      if (!this.#warnedInsertPage) this.warnings++;
      this.#warnedInsertPage = true;
    }
    if (this.state.mappings.some(({ area }) => area === kcov.area)) this.events.add("alias");
    mapping.area = kcov.area;
    this.state.mappings.push(mapping);
    return { pages: pages - mapping.missing.size };
  }

  munmap(index: number): void {
    this.mapping(index).mapped = false;
  }

  read(index: number, from: number, count: number): bigint[] {
    return [...this.access(index, from, count).subarray(from, from + count)];
  }

  write(index: number, at: number, value: bigint): void {
    this.access(index, at, 1)[at] = value;
  }

  /** `slides`: through `hooks`, which canonicalise; false: through `imports`. */
  tracePc(pc: bigint, slides: boolean): void {
    const { mode, area, size } = this.#traced();
    if (mode !== "TRACE_PC" || area === null) return;
    this.events.add(appendPc(area, size, this.#canonical(pc, slides), this.hasSoftirq) ? "pc" : "pcFull");
  }

  traceCmp(bytes: 1 | 2 | 4 | 8, isConst: boolean, arg1: bigint, arg2: bigint, pc: bigint, slides: boolean): void {
    const type = BigInt(Math.log2(bytes) * 2 + (isConst ? 1 : 0));
    const cut = (value: bigint): bigint => BigInt.asUintN(8 * bytes, value);
    this.#compare(type, cut(arg1), cut(arg2), this.#canonical(pc, slides));
  }

  traceSwitch(val: bigint, cases: bigint[], pc: bigint): void {
    const [count = 0n, bits = 0n, ...values] = cases;
    const log2 = [8n, 16n, 32n, 64n].indexOf(bits);
    if (log2 < 0) return;
    for (const value of values.slice(0, Number(count))) {
      this.#compare(BigInt(2 * log2 + 1), value, val, this.#canonical(pc, true));
    }
  }

  taskInit(parent: number): number {
    const { handle } = this.task(parent);
    const id = this.state.nextTask++;
    this.state.tasks.push(modelTask(id, handle));
    return id;
  }

  switchTo(id: number): void {
    this.state.current = this.task(id).id;
  }

  taskExit(id: number): void {
    const task = this.task(id);
    const { kcov } = task;
    const separate = this.options.abi === "v7.2";
    if (kcov !== null && (kcov.task !== task || (separate && kcov.remote))) {
      this.warnings++;
      this.events.add("exitInSection");
    } else if (this.state.kcovs.some((each) => each.task === task)) this.events.add("exitOfOwner");
    this.endOwned(task);
    this.removeTask(task);
  }

  /** For a task that is not the thread's own: the section's area and reference come back. */
  reap(id: number): void {
    if (id === 1 || id === this.state.current || id < 1) throw new RangeError("not to be reaped");
    const task = this.state.tasks.find((candidate) => candidate.id === id);
    if (task === undefined) return;
    const { kcov, section } = task;
    if (kcov !== null && task.area !== null && task.area !== kcov.area) {
      this.events.add("reapInSection");
      if (section !== null) this.state.free.unshift(section);
      this.put(kcov);
    }
    this.endOwned(task);
    this.removeTask(task);
  }

  setInTask(flag: boolean): void {
    this.state.context = flag ? "task" : "hardirq";
  }

  setContext(context: KcovContext): void {
    this.state.context = context;
  }

  remoteStart(handle: bigint): void {
    const { context } = this.state;
    const valid = handle === 0n || isCommon(handle) || isUsb(handle);
    const task = this.current();
    const soft = this.hasSoftirq && context === "softirq";
    const busy = soft ? task.softirq : this.#isBusy(task);
    // Before there were soft interrupts this warned.
    if (valid && this.hasSoftirq && context !== "task" && !soft) return;
    if (!valid || (context !== "task" && !soft) || busy) {
      if (busy) this.events.add(soft ? "softirqNested" : "startWhileBusy");
      this.warnings++;
      return;
    }
    const kcov = this.state.remotes.get(handle);
    if (kcov === undefined) return;
    if (soft) this.#startInSoftirq(task, kcov);
    else this.#startInTask(task, kcov);
  }

  remoteStop(): void {
    const { context } = this.state;
    const soft = this.hasSoftirq && context === "softirq";
    if (this.hasSoftirq && context !== "task" && !soft) return;
    const task = this.current();
    if (!this.#isBusy(task) || (soft && !task.softirq)) return;
    if (!soft && (task.softirq || task.section === null)) {
      this.warnings++;
      return;
    }
    const { kcov, section, area, sequence } = task;
    if (kcov === null) throw new Error("a section without a descriptor");
    stopTask(task);
    if (soft) {
      const { saved } = this.state;
      task.softirq = false;
      if (saved !== null) {
        Object.assign(task, saved);
        this.state.saved = null;
        this.events.add("restored");
      }
    }
    if (area === null || area === kcov.area) {
      this.events.add("stoppedOwner");
      this.putOwned(kcov);
      return;
    }
    if (kcov.remote && kcov.sequence === sequence && kcov.area !== null) {
      const moved = moveRecords(kcov.mode === "TRACE_PC" ? 1 : 4, kcov.area, area);
      if (moved !== "nothing") this.events.add(soft ? `${moved}InSoftirq` : moved);
    } else this.events.add(soft ? "discardedInSoftirq" : "discarded");
    if (section !== null) this.state.free.unshift(section);
    this.put(kcov);
  }

  commonHandle(): bigint {
    const { handle } = this.current();
    return this.hasSoftirq && this.state.context !== "task" ? 0n : handle;
  }

  #startInTask(task: ModelTask, kcov: ModelKcov): void {
    const size = kcov.remoteSize;
    const section = this.#takeArea(size);
    if (section === null) return;
    section[0] = 0n;
    kcov.refcount++;
    Object.assign(task, { kcov, mode: kcov.mode, size, area: section, section, sequence: kcov.sequence });
    this.events.add(task.remoteKcov === null ? "section" : "sectionOfOwner");
  }

  #startInSoftirq(task: ModelTask, kcov: ModelKcov): void {
    const { irqArea } = this.state;
    irqArea[0] = 0n;
    kcov.refcount++;
    if (task.mode !== "DISABLED" && task.kcov !== null) {
      const { mode, size, area, section, sequence } = task;
      this.state.saved = { mode, size, area, section, sequence, kcov: task.kcov };
      this.events.add(
        mode === "REMOTE" ? "softirqOverOwner" : section === null ? "softirqOverLocal" : "softirqOverSection",
      );
      stopTask(task);
    } else this.events.add("softirqOverIdle");
    task.softirq = true;
    Object.assign(task, { kcov, mode: kcov.mode, size: irqArea.length, area: irqArea, sequence: kcov.sequence });
  }

  #isBusy(task: ModelTask): boolean {
    return this.hasSoftirq ? task.mode !== "DISABLED" : task.kcov !== null;
  }

  #initTrace(kcov: ModelKcov, size: bigint): void {
    const initialised = kcov.mode !== "DISABLED";
    const later = this.options.abi !== "v5.5";
    if (initialised && !later) throw new ModelRefusal(EBUSY);
    if (size < 2n || size > 268435455n) throw new ModelRefusal(EINVAL);
    if (later && this.noRoom("vmalloc_user", Number(size) * 8)) throw new ModelRefusal(ENOMEM);
    if (initialised) throw new ModelRefusal(EBUSY);
    kcov.size = Number(size);
    kcov.mode = "INIT";
    if (later) kcov.area = new BigUint64Array(kcov.size);
  }

  #enable(kcov: ModelKcov, arg: bigint): void {
    const mode = this.#mayEnable(kcov, arg, "kcov");
    const task = this.current();
    if (task.remoteKcov !== null) this.events.add("bothAtOnce");
    Object.assign(kcov, { mode, task, owned: true });
    kcov.refcount++;
    Object.assign(task, { kcov, mode, size: kcov.size, area: kcov.area, sequence: kcov.sequence });
    this.events.add("enable");
  }

  #disable(kcov: ModelKcov, arg: bigint): void {
    const task = this.current();
    if (arg !== 0n || (task.kcov !== kcov && task.remoteKcov !== kcov)) throw new ModelRefusal(EINVAL);
    if (kcov.task !== task) {
      this.warnings++;
      throw new ModelRefusal(EINVAL);
    }
    this.endTracing(task, kcov);
    this.putOwned(kcov);
    this.events.add("disable");
  }

  /** `keeps`: what keeps a task busy. */
  #mayEnable(kcov: ModelKcov, arg: bigint, keeps: "kcov" | "remoteKcov"): "TRACE_PC" | "TRACE_CMP" {
    if (kcov.mode !== "INIT" || kcov.area === null) throw new ModelRefusal(EINVAL);
    if (this.current()[keeps] !== null) {
      this.events.add("busy");
      throw new ModelRefusal(EBUSY);
    }
    if (arg === 0n) return "TRACE_PC";
    if (arg !== 1n) throw new ModelRefusal(EINVAL);
    if (!this.options.comparisons) throw new ModelRefusal(ENOTSUPP);
    return "TRACE_CMP";
  }

  #register(kcov: ModelKcov, handle: bigint, valid: boolean): void {
    if (!valid) throw new ModelRefusal(EINVAL);
    if (this.state.remotes.has(handle)) throw new ModelRefusal(EEXIST);
    if (this.fails("kmalloc")) throw new ModelRefusal(ENOMEM);
    this.state.remotes.set(handle, kcov);
  }

  #takeArea(size: number): Area | null {
    const free = this.state.free.findIndex((area) => area.length === size);
    if (free >= 0) {
      this.events.add("areaReused");
      return this.state.free.splice(free, 1)[0] ?? null;
    }
    if (this.noRoom("vmalloc", size * 8)) return null;
    this.state.remoteAreas++;
    return new BigUint64Array(size);
  }

  #compare(type: bigint, arg1: bigint, arg2: bigint, pc: bigint): void {
    const { mode, area, size } = this.#traced();
    if (mode !== "TRACE_CMP" || area === null) return;
    this.events.add(appendComparison(area, size, [type, arg1, arg2, pc]) ? "cmp" : "cmpFull");
  }

  /** The current task as hooks see it. */
  #traced(): Pick<ModelTask, "mode" | "area" | "size"> {
    const task = this.state.tasks.find(({ id }) => id === this.state.current);
    const { context } = this.state;
    const records = context === "task" || (this.hasSoftirq && context === "softirq" && task?.softirq === true);
    return task === undefined || !records ? { mode: "DISABLED", area: null, size: 0 } : task;
  }

  #canonical(pc: bigint, slides: boolean): bigint {
    return (pc - (slides ? this.options.slide : 0n)) & U64;
  }
}

function isUsb(handle: bigint): boolean {
  return handle >> 32n === USB << 24n;
}

function isCommon(handle: bigint): boolean {
  return handle > 0n && handle <= 0xffffffffn;
}
