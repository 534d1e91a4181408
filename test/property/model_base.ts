/** What the operations of the model have in common: looking things up, references, and the end of tracing. */

import type { KcovAbi } from "../../src/index.ts";
import type { Area } from "./model_area.ts";
import {
  type Mapping,
  type ModelKcov,
  ModelRefusal,
  type ModelState,
  type ModelTask,
  modelState,
} from "./model_state.ts";

export interface ModelOptions {
  comparisons: boolean;
  areaLimitBytes: number;
  slide: bigint;
  abi: KcovAbi;
  irqAreaWords: number;
}

const EBADF = 9;
const EFAULT = 14;

export class ModelBase {
  readonly options: ModelOptions;
  readonly state: ModelState;
  /** What happened so far, for the statistics. */
  readonly events: Set<string> = new Set();
  warnings = 0;
  /** The allocation that fails in the operation to come. */
  failing = "";

  constructor(options: ModelOptions) {
    this.options = options;
    this.state = modelState(options.irqAreaWords);
  }

  /** v6.12, v7.2. */
  protected get hasSoftirq(): boolean {
    return this.options.abi === "v6.12" || this.options.abi === "v7.2";
  }

  protected endTracing(task: ModelTask, kcov: ModelKcov): void {
    const separate = this.options.abi === "v7.2";
    if (!separate || !kcov.remote) {
      stopTask(task);
      task.sequence = 0;
    }
    if (!separate || kcov.remote) {
      task.remoteKcov = null;
      task.handle = 0n;
    }
    this.resetKcov(kcov);
  }

  protected resetKcov(kcov: ModelKcov): void {
    Object.assign(kcov, { mode: "INIT", task: null, remote: false, remoteSize: 0, sequence: kcov.sequence + 1 });
    for (const [handle, owner] of this.state.remotes) if (owner === kcov) this.state.remotes.delete(handle);
  }

  protected dropFile(kcov: ModelKcov): void {
    if ([...this.state.fds.values()].includes(kcov)) return;
    if (kcov.refcount > 1) this.events.add("outlivesFds");
    this.put(kcov);
  }

  protected put(kcov: ModelKcov): void {
    kcov.refcount--;
    if (kcov.refcount > 0) return;
    this.state.kcovs.splice(this.state.kcovs.indexOf(kcov), 1);
  }

  /** What no exit may leave: a descriptor whose owner is gone. */
  protected endOwned(task: ModelTask): void {
    for (const kcov of this.state.kcovs.filter((each) => each.task === task)) {
      if (this.state.saved?.kcov === kcov) this.state.saved = null;
      this.resetKcov(kcov);
      this.putOwned(kcov);
    }
  }

  protected putOwned(kcov: ModelKcov): void {
    if (!kcov.owned) return;
    kcov.owned = false;
    this.put(kcov);
  }

  protected removeTask(task: ModelTask): void {
    const { state } = this;
    state.tasks.splice(state.tasks.indexOf(task), 1);
    if (state.current !== task.id) return;
    state.current = state.tasks.some(({ id }) => id === 1) ? 1 : 0;
  }

  protected access(index: number, from: number, count: number): Area {
    const { area, length, missing, mapped } = this.mapping(index);
    const end = from + count;
    if (!mapped || area === null || end * 8 > length) throw new ModelRefusal(EFAULT);
    for (const page of missing) if (from < (page + 1) * 512 && end > page * 512) throw new ModelRefusal(EFAULT);
    return area;
  }

  protected mapping(index: number): Mapping {
    const mapping = this.state.mappings[index];
    if (mapping === undefined) throw new Error(`no mapping ${index}`);
    return mapping;
  }

  protected descriptor(fd: number): ModelKcov {
    const kcov = this.state.fds.get(fd);
    if (kcov === undefined) throw new ModelRefusal(EBADF);
    return kcov;
  }

  protected task(id: number): ModelTask {
    const task = this.state.tasks.find((candidate) => candidate.id === id);
    if (task === undefined) throw new RangeError(`no task ${id}`);
    return task;
  }

  protected current(): ModelTask {
    return this.task(this.state.current);
  }

  protected lowestFd(): number {
    let fd = 3;
    while (this.state.fds.has(fd)) fd++;
    return fd;
  }

  protected noRoom(what: string, bytes: number): boolean {
    const rounded = Math.ceil(bytes / 4096) * 4096;
    return rounded === 0 || rounded > this.options.areaLimitBytes || this.fails(what);
  }

  /** A failure is injected once. */
  protected fails(what: string): boolean {
    if (this.failing !== what) return false;
    this.failing = "";
    this.events.add("injected");
    return true;
  }
}

/** Ends what the task records. Sequence and handle stay. */
export function stopTask(task: ModelTask): void {
  Object.assign(task, { mode: "DISABLED", size: 0, area: null, kcov: null, section: null });
}
