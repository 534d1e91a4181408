/**
 * A second reading of the device's rules, in plain objects: no locks, no shared memory, no code of the device. The
 * numbers of the user API are typed again on purpose.
 */

import { type Area, appendComparison, appendPc, moveRecords, U64 } from "./model_area.ts";
import { ModelBase, stopTask } from "./model_base.ts";
import { type Mapping, type ModelKcov, ModelRefusal, type ModelTask, type RemoteRequest } from "./model_state.ts";

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
    const mode = this.#mayEnable(kcov, BigInt(traceMode));
    const task = this.current();
    Object.assign(kcov, { mode, task, remote: true, remoteSize: areaSize });
    task.kcov = kcov;
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
    this.events.add(appendPc(area, size, this.#canonical(pc, slides)) ? "pc" : "pcFull");
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
    this.state.tasks.push({
      id,
      mode: "DISABLED",
      size: 0,
      area: null,
      kcov: null,
      section: null,
      sequence: 0,
      handle,
    });
    return id;
  }

  switchTo(id: number): void {
    this.state.current = this.task(id).id;
  }

  taskExit(id: number): void {
    const task = this.task(id);
    if (task.kcov !== null && task.kcov.task !== task) {
      this.warnings++;
      this.events.add("exitInSection");
    } else if (task.kcov !== null) {
      const { kcov } = task;
      this.events.add("exitOfOwner");
      this.endTracing(task, kcov);
      this.put(kcov);
    }
    this.removeTask(task);
  }

  /** For a task that is not the thread's own: the section's area and reference come back. */
  reap(id: number): void {
    if (id === 1 || id === this.state.current || id < 1) throw new RangeError("not to be reaped");
    const task = this.state.tasks.find((candidate) => candidate.id === id);
    if (task === undefined) return;
    const { kcov, section } = task;
    if (kcov === null || section === null) {
      this.taskExit(id);
      return;
    }
    this.events.add("reapInSection");
    this.state.free.unshift(section);
    this.put(kcov);
    this.removeTask(task);
  }

  setInTask(flag: boolean): void {
    this.state.inTask = flag;
  }

  remoteStart(handle: bigint): void {
    const valid = handle === 0n || isCommon(handle) || isUsb(handle);
    const task = this.current();
    if (!valid || !this.state.inTask || task.kcov !== null) {
      if (task.kcov !== null) this.events.add("startWhileBusy");
      this.warnings++;
      return;
    }
    const kcov = this.state.remotes.get(handle);
    if (kcov === undefined) return;
    const size = kcov.remoteSize;
    const section = this.#takeArea(size);
    if (section === null) return;
    section[0] = 0n;
    kcov.refcount++;
    Object.assign(task, { kcov, mode: kcov.mode, size, area: section, section, sequence: kcov.sequence });
    this.events.add("section");
  }

  remoteStop(): void {
    const task = this.current();
    const { kcov, section, sequence } = task;
    if (kcov === null) return;
    if (section === null) {
      this.warnings++;
      return;
    }
    stopTask(task);
    if (kcov.remote && kcov.sequence === sequence && kcov.area !== null) {
      const moved = moveRecords(kcov.mode === "TRACE_PC" ? 1 : 4, kcov.area, section);
      if (moved !== "nothing") this.events.add(moved);
    } else this.events.add("discarded");
    this.state.free.unshift(section);
    this.put(kcov);
  }

  commonHandle(): bigint {
    return this.current().handle;
  }

  #initTrace(kcov: ModelKcov, size: bigint): void {
    const initialised = kcov.mode !== "DISABLED";
    const later = this.options.abi === "v5.18";
    if (initialised && !later) throw new ModelRefusal(EBUSY);
    if (size < 2n || size > 268435455n) throw new ModelRefusal(EINVAL);
    if (later && this.noRoom("vmalloc_user", Number(size) * 8)) throw new ModelRefusal(ENOMEM);
    if (initialised) throw new ModelRefusal(EBUSY);
    kcov.size = Number(size);
    kcov.mode = "INIT";
    if (later) kcov.area = new BigUint64Array(kcov.size);
  }

  #enable(kcov: ModelKcov, arg: bigint): void {
    const mode = this.#mayEnable(kcov, arg);
    const task = this.current();
    Object.assign(kcov, { mode, task });
    kcov.refcount++;
    Object.assign(task, { kcov, mode, size: kcov.size, area: kcov.area, sequence: kcov.sequence });
    this.events.add("enable");
  }

  #disable(kcov: ModelKcov, arg: bigint): void {
    const task = this.current();
    if (arg !== 0n || task.kcov !== kcov) throw new ModelRefusal(EINVAL);
    if (kcov.task !== task) {
      this.warnings++;
      throw new ModelRefusal(EINVAL);
    }
    this.endTracing(task, kcov);
    this.put(kcov);
    this.events.add("disable");
  }

  #mayEnable(kcov: ModelKcov, arg: bigint): "TRACE_PC" | "TRACE_CMP" {
    if (kcov.mode !== "INIT" || kcov.area === null) throw new ModelRefusal(EINVAL);
    if (this.current().kcov !== null) {
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
    return task === undefined || !this.state.inTask ? { mode: "DISABLED", area: null, size: 0 } : task;
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
