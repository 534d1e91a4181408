// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the code that is mutated has templates

// Mutations of the device and the hooks: each is a mistake that somebody could make. A line is
// [what is wrong then, file, text, what takes its place]; the text occurs in the file once.

import { ABI_MUTATIONS } from "./mutations_abi.mjs";

const HOOKS = "assembly";
const KCOV = "src/kcov";
const MEMORY = "src/memory";

export const MUTATIONS = [
  ...ABI_MUTATIONS,
  // Hooks.
  [
    "pc: capacity one too large",
    `${HOOKS}/trace_pc.ts`,
    "if (pos >= <u64>size) return;\n  store<u64>(base + ((<usize>pos) << 3)",
    "if (pos > <u64>size) return;\n  store<u64>(base + ((<usize>pos) << 3)",
  ],
  [
    "pc: capacity one too small",
    `${HOOKS}/trace_pc.ts`,
    "if (pos >= <u64>size) return;\n  store<u64>(base + ((<usize>pos) << 3)",
    "if (pos + 1 >= <u64>size) return;\n  store<u64>(base + ((<usize>pos) << 3)",
  ],
  [
    "pc: mode not exact",
    `${HOOKS}/trace_pc.ts`,
    "__sanitizer_cov_trace_pc(pc: u64): void {\n  if (mode != KCOV_MODE_TRACE_PC)",
    "__sanitizer_cov_trace_pc(pc: u64): void {\n  if (mode < <u32>KCOV_MODE_TRACE_PC)",
  ],
  [
    "pc: count before the entry",
    `${HOOKS}/trace_pc.ts`,
    "return;\n  store<u64>(base + ((<usize>pos) << 3), pc - slide);\n  store<u64>(base, pos);",
    "return;\n  store<u64>(base, pos);\n  store<u64>(base + ((<usize>pos) << 3), pc - slide);",
  ],
  [
    "pc: slide added",
    `${HOOKS}/trace_pc.ts`,
    "pc - slide);\n  store<u64>(base, pos);",
    "pc + slide);\n  store<u64>(base, pos);",
  ],
  ["cmp: capacity one too large", `${KCOV}/device.ts`, "(task.size - 1) >>> 2", "((task.size - 1) >>> 2) + 1"],
  ["cmp: capacity of size / 4", `${KCOV}/device.ts`, "(task.size - 1) >>> 2", "task.size >>> 2"],
  ["cmp: no canonical pc", `${HOOKS}/trace_cmp.ts`, "pc - slide", "pc"],
  [
    "cmp: operands swapped",
    `${HOOKS}/trace_cmp.ts`,
    "store<u64>(record, arg1, CMP_RECORD_ARG1)",
    "store<u64>(record, arg2, CMP_RECORD_ARG1)",
  ],
  [
    "cmp2: sign extended",
    `${HOOKS}/trace_cmp.ts`,
    "__sanitizer_cov_trace_cmp2(arg1: u16, arg2: u16",
    "__sanitizer_cov_trace_cmp2(arg1: i16, arg2: i16",
  ],
  [
    "const_cmp4: not marked",
    `${HOOKS}/trace_cmp.ts`,
    "writeCmpData(KCOV_CMP_SIZE4 | KCOV_CMP_CONST",
    "writeCmpData(KCOV_CMP_SIZE4",
  ],
  ["switch: last case forgotten", `${HOOKS}/trace_switch.ts`, "i < count", "i + 1 < count"],
  [
    "switch: value and case swapped",
    `${HOOKS}/trace_switch.ts`,
    "writeCmpData(type, load<u64>(cases + ((<usize>i) << 3), SWITCH_CASES), val, pc)",
    "writeCmpData(type, val, load<u64>(cases + ((<usize>i) << 3), SWITCH_CASES), pc)",
  ],
  ["switch: table not bounded", `${HOOKS}/trace_switch.ts`, "  if (count > (memoryBytes - first) >> 3) return;\n", ""],

  // ioctl.
  ["INIT_TRACE: size 1 accepted", `${KCOV}/ioctl.ts`, "size < BigInt(KCOV_MIN_SIZE)", "size < 1n"],
  ["INIT_TRACE: one too many", `${KCOV}/ioctl.ts`, "size > BigInt(KCOV_MAX_SIZE)", "size > BigInt(KCOV_MAX_SIZE + 1)"],
  [
    "INIT_TRACE: size looked at first",
    `${KCOV}/ioctl.ts`,
    "if (busy && !device.rules.initMakesArea) throw",
    "if (busy && size > 1n && !device.rules.initMakesArea) throw",
  ],
  [
    "INIT_TRACE v5.18: busy before memory",
    `${KCOV}/ioctl.ts`,
    "if (busy && !device.rules.initMakesArea) throw",
    "if (busy) throw",
  ],
  [
    "ENABLE: mode before busy",
    `${KCOV}/ioctl.ts`,
    'const task = checkIdle(device, kcov, "KCOV_ENABLE", (task) => task.kcov);\n  const mode = traceMode(device, arg, "KCOV_ENABLE");',
    'const mode = traceMode(device, arg, "KCOV_ENABLE");\n  const task = checkIdle(device, kcov, "KCOV_ENABLE", (task) => task.kcov);',
  ],
  ["ENABLE: no area needed", `${KCOV}/ioctl.ts`, "if (kcov.area === 0) throw", "if (kcov.size === 0) throw"],
  [
    "ENABLE: a busy task is not refused",
    `${KCOV}/ioctl.ts`,
    "if (kcov.task !== 0 || keeps(task) !== undefined) {",
    "if (kcov.task !== 0) {",
  ],
  [
    "ENABLE: only 32 bits of the mode count",
    `${KCOV}/ioctl.ts`,
    "if (arg === BigInt(KCOV_TRACE_PC))",
    "if (BigInt.asUintN(32, arg) === BigInt(KCOV_TRACE_PC))",
  ],
  [
    "ENABLE: no reference",
    `${KCOV}/ioctl.ts`,
    "sequence: kcov.sequence, remoteArea: 0 });\n  kcov.task = task.address;\n  kcov.getOwned();\n}",
    "sequence: kcov.sequence, remoteArea: 0 });\n  kcov.task = task.address;\n}",
  ],
  [
    "ENABLE: bumps the sequence",
    `${KCOV}/ioctl.ts`,
    "sequence: kcov.sequence, remoteArea: 0 });\n  kcov.task = task.address;\n  kcov.getOwned();",
    "sequence: kcov.sequence, remoteArea: 0 });\n  kcov.task = task.address;\n  kcov.sequence += 1;\n  kcov.getOwned();",
  ],
  [
    "ENABLE: clears the count",
    `${KCOV}/ioctl.ts`,
    "sequence: kcov.sequence, remoteArea: 0 });\n  kcov.task = task.address;\n  kcov.getOwned();",
    "sequence: kcov.sequence, remoteArea: 0 });\n  kcov.task = task.address;\n  device.arena.store64(area, 0n);\n  kcov.getOwned();",
  ],
  ["DISABLE: argument ignored", `${KCOV}/ioctl.ts`, "if (arg !== 0n) throw", "if (arg < 0n) throw"],
  [
    "DISABLE: in a section no warning",
    `${KCOV}/ioctl.ts`,
    "  device.warn(`${ioctlName} by a task inside a remote section of the descriptor`);\n",
    "",
  ],
  [
    "DISABLE: keeps the reference",
    `${KCOV}/ioctl.ts`,
    "  endTracing(device, task, kcov);\n  kcov.putOwned();",
    "  endTracing(device, task, kcov);",
  ],
  [
    "REMOTE_ENABLE: argument read after the state",
    `${KCOV}/ioctl.ts`,
    'const remoteArg = copyRemoteArg(arg, () => device.injected("memdup_user"));\n',
    'checkIdle(device, kcov, "KCOV_REMOTE_ENABLE", () => undefined);\n  const remoteArg = copyRemoteArg(arg, () => device.injected("memdup_user"));\n',
  ],
  [
    "REMOTE_ENABLE: nothing undone",
    `${KCOV}/ioctl.ts`,
    "    endTracing(device, task, kcov);\n    return error;",
    "    return error;",
  ],
  [
    "REMOTE_ENABLE: undone by rollback, no sequence bump",
    `${KCOV}/ioctl.ts`,
    "    endTracing(device, task, kcov);\n    return error;",
    "    throw error;",
  ],
  [
    "REMOTE_ENABLE: undo drops a reference",
    `${KCOV}/ioctl.ts`,
    "    endTracing(device, task, kcov);\n    return error;",
    "    endTracing(device, task, kcov);\n    kcov.put();\n    return error;",
  ],
  [
    "REMOTE_ENABLE: common handle always set",
    `${KCOV}/ioctl.ts`,
    "if (remoteArg.commonHandle !== 0n) task.handle",
    "task.handle",
  ],
  [
    "REMOTE_ENABLE: common handle first",
    `${KCOV}/ioctl.ts`,
    "  for (const handle of arg.handles) {",
    "  if (arg.commonHandle !== 0n) {\n    const error = addHandle(device, kcov, arg.commonHandle, COMMON);\n    return error ?? addHandles(device, kcov, { ...arg, commonHandle: 0n });\n  }\n  for (const handle of arg.handles) {",
  ],
  [
    "REMOTE_ENABLE: duplicates accepted",
    `${KCOV}/ioctl.ts`,
    'if (findRemote(device.arena, handle) !== 0) return fail(EEXIST, "is registered already");\n',
    "",
  ],
  [
    "REMOTE_ENABLE: taken before valid",
    `${KCOV}/ioctl.ts`,
    '  if (!checkHandle(handle, valid))\n    return fail(EINVAL, `is not valid as a ${valid.common ? "common" : "listed"} handle`);\n  if (findRemote(device.arena, handle) !== 0) return fail(EEXIST, "is registered already");',
    '  if (findRemote(device.arena, handle) !== 0) return fail(EEXIST, "is registered already");\n  if (!checkHandle(handle, valid))\n    return fail(EINVAL, `is not valid as a ${valid.common ? "common" : "listed"} handle`);',
  ],
  [
    "REMOTE_ENABLE: 256 handles refused",
    `${KCOV}/remote_arg.ts`,
    "if (numHandles > KCOV_REMOTE_MAX_HANDLES)",
    "if (numHandles >= KCOV_REMOTE_MAX_HANDLES)",
  ],
  ["REMOTE_ENABLE: struct not read twice", `${KCOV}/remote_arg.ts`, "if (again !== numHandles)", "if (again < 0)"],
  [
    "REMOTE_ENABLE: a Buffer sliced, not copied",
    `${KCOV}/remote_arg.ts`,
    "  struct.set(user.subarray(0, needed));\n  const copy = new DataView(struct.buffer);",
    "  const copy = new DataView(user.slice(0, needed).buffer);",
  ],
  [
    "handles: 0 is listed",
    `${KCOV}/ioctl.ts`,
    "const LISTED: ValidHandles = { common: false, uncommon: true, zero: false }",
    "const LISTED: ValidHandles = { common: false, uncommon: true, zero: true }",
  ],
  [
    "handles: a common one is listed",
    `${KCOV}/ioctl.ts`,
    "const LISTED: ValidHandles = { common: false,",
    "const LISTED: ValidHandles = { common: true,",
  ],
  [
    "handles: a USB one is common",
    `${KCOV}/ioctl.ts`,
    "const COMMON: ValidHandles = { common: true, uncommon: false,",
    "const COMMON: ValidHandles = { common: true, uncommon: true,",
  ],
  [
    "handles: reserved bits accepted",
    `${KCOV}/remote_handle.ts`,
    "  if ((handle & ~(KCOV_SUBSYSTEM_MASK | KCOV_INSTANCE_MASK)) !== 0n) return false;\n",
    "",
  ],
  [
    "handles: one of a descriptor's is not removed",
    `${KCOV}/remote_handle.ts`,
    "    arena.add(HEADER_REMOTES, -1);\n  }",
    "    arena.add(HEADER_REMOTES, -1);\n    break;\n  }",
  ],
  [
    "handles: all descriptors' are removed",
    `${KCOV}/remote_handle.ts`,
    "    if (arena.load(entry + REMOTE_KCOV) !== kcov) continue;\n",
    "",
  ],
  [
    "handles: only the low half is compared",
    `${KCOV}/remote_handle.ts`,
    "if (arena.load64(entry + REMOTE_HANDLE) === handle)",
    "if (BigInt(arena.load(entry + REMOTE_HANDLE)) === (handle & 0xffffffffn))",
  ],

  // Descriptors, files, mmap.
  ["reset: no sequence bump", `${KCOV}/descriptor.ts`, "    this.sequence += 1;\n", ""],
  ["reset: remote_size stays", `${KCOV}/descriptor.ts`, "    this.remoteSize = 0;\n", ""],
  ["reset: remote stays", `${KCOV}/descriptor.ts`, "    this.remote = false;\n", ""],
  [
    "reset: back to DISABLED",
    `${KCOV}/descriptor.ts`,
    "    this.mode = KCOV_MODE_INIT;\n",
    "    this.mode = KCOV_MODE_DISABLED;\n",
  ],
  ["release: the area leaks", `${KCOV}/descriptor.ts`, "      unpinRun(this.arena, this.area);\n", ""],
  [
    "release: at one reference left",
    `${KCOV}/descriptor.ts`,
    "if (this.refcount !== 0) return;",
    "if (this.refcount > 1) return;",
  ],
  [
    "list of descriptors: newest first",
    `${KCOV}/descriptor.ts`,
    "    listAddTail(arena, HEADER_KCOVS, address);",
    "    listAddTail(arena, arena.load(HEADER_KCOVS), address);",
  ],
  [
    "dup: the file is not counted",
    `${KCOV}/fd_table.ts`,
    "  kcov.files += 1;\n",
    "  if (kcov.files === 0) kcov.files = 1;\n",
  ],
  ["dup: the old fd is not dropped", `${KCOV}/file.ts`, "    if (old !== undefined) dropFile(old);\n", ""],
  [
    "open: fds not the lowest",
    `${KCOV}/fd_table.ts`,
    "  if (fd >= FDS_FIRST && fd < arena.load(HEADER_FD_HINT)) arena.store(HEADER_FD_HINT, fd);\n",
    "",
  ],
  [
    "mmap: EINVAL before ENOMEM",
    `${KCOV}/mmap.ts`,
    '  if (!device.canAllocateArea("vmalloc_user", length)) throw noMemory(length);\n  if (kcov.mode',
    "  if (kcov.mode",
  ],
  ["mmap: any offset", `${KCOV}/mmap.ts`, "if (offset !== 0) throw", "if (offset < 0) throw"],
  [
    "mmap: length rounded to pages",
    `${KCOV}/mmap.ts`,
    "if (length !== kcov.size * WORD_BYTES)",
    "if (Math.ceil(length / 4096) !== Math.ceil((kcov.size * WORD_BYTES) / 4096))",
  ],
  [
    "mmap: the second one aliases",
    `${KCOV}/mmap.ts`,
    "  if (kcov.area !== 0) return undefined;\n",
    "  if (kcov.area !== 0) return insertPages(device, kcov, length);\n",
  ],
  ["mmap: a mapping pins nothing", `${KCOV}/vmas.ts`, "    pinRun(arena, run);\n", ""],
  [
    "area: not zeroed",
    `${MEMORY}/page_allocator.ts`,
    "  if (end > address) arena.bytes(address, end - address).fill(0);\n",
    "",
  ],

  // Remote sections.
  [
    "start: no reference",
    `${KCOV}/remote_section.ts`,
    "  kcov.get();\n  const area = remoteAreaAddress",
    "  const area = remoteAreaAddress",
  ],
  ["start: count of the area not reset", `${KCOV}/remote_section.ts`, "  device.arena.publish64(area, 0n);\n", ""],
  [
    "start: in interrupt context",
    `${KCOV}/remote_section.ts`,
    "    if (!inTask && !inSoftirq) return rules.softirq",
    "    if (rules.softirq && !inTask && !inSoftirq) return rules.softirq",
  ],
  [
    "start: nested",
    `${KCOV}/remote_section.ts`,
    "if (inTask && isBusy(device, task)) return warned",
    "if (inTask && isBusy(device, task) && task.kcov?.task === task.address) return warned",
  ],
  [
    "start: handle 0 warns",
    `${KCOV}/remote_section.ts`,
    "{ common: true, uncommon: true, zero: true }",
    "{ common: true, uncommon: true, zero: false }",
  ],
  [
    "stop: sequence not compared",
    `${KCOV}/remote_section.ts`,
    "if (sequence === kcov.sequence && kcov.remote)",
    "if (kcov.remote)",
  ],
  [
    "stop: keeps the reference",
    `${KCOV}/remote_section.ts`,
    "  if (remoteArea !== 0) putFreeArea(arena, remoteArea);\n  kcov.put();\n",
    "  if (remoteArea !== 0) putFreeArea(arena, remoteArea);\n",
  ],
  [
    "stop: the area is lost",
    `${KCOV}/remote_section.ts`,
    "  if (remoteArea !== 0) putFreeArea(arena, remoteArea);\n",
    "",
  ],
  [
    "stop: the task goes on",
    `${KCOV}/task.ts`,
    "    this.arena.store(this.address + TASK_MODE, KCOV_MODE_DISABLED);\n",
    "",
  ],
  [
    "stop: clears sequence and handle",
    `${KCOV}/remote_section.ts`,
    "  task.stop();\n  if (task.softirq)",
    "  task.reset();\n  if (task.softirq)",
  ],
  [
    "free areas: first in, first out",
    `${KCOV}/remote_area.ts`,
    "  listAdd(arena, HEADER_FREE_AREAS, area);",
    "  listAdd(arena, arena.load(HEADER_FREE_AREAS + 4), area);",
  ],
  ["free areas: any that is large enough", `${KCOV}/remote_area.ts`, "!== size) continue;", "< size) continue;"],
  ["move: one too many", `${KCOV}/move_area.ts`, "(size - COUNT_WORDS) * WORD_BYTES;", "size * WORD_BYTES;"],
  [
    "move: a full area is overwritten",
    `${KCOV}/move_area.ts`,
    "  if (count > BigInt(Math.floor(dataBytes / recordBytes))) return undefined;\n",
    "",
  ],
  ["move: replaces instead of appending", `${KCOV}/move_area.ts`, " + Number(count) * entryBytes(mode);", ";"],
  [
    "move: counts part of a record",
    `${KCOV}/move_area.ts`,
    "entries: Math.floor(bytes / recordBytes)",
    "entries: Math.ceil(bytes / recordBytes)",
  ],
  [
    "move: the last record is lost",
    `${KCOV}/move_area.ts`,
    "Number(sourceCount) * recordBytes);",
    "(Number(sourceCount) - 1) * recordBytes);",
  ],
  [
    "move: only whole records",
    `${KCOV}/move_area.ts`,
    "  return { bytes, entries:",
    "  return { bytes: Math.floor(bytes / recordBytes) * recordBytes, entries:",
  ],

  // Tasks.
  ["fork: no common handle", `${KCOV}/tasks.ts`, "  if (parent !== undefined) task.handle = parent.handle;\n", ""],
  [
    "reset: the handle stays",
    `${KCOV}/task.ts`,
    "    this.resetLocal();\n    this.handle = 0n;\n",
    "    this.resetLocal();\n",
  ],
  ["reset: the sequence stays", `${KCOV}/task.ts`, "    this.arena.store(this.address + TASK_SEQUENCE, 0);\n", ""],
  [
    "exit: keeps the reference",
    `${KCOV}/tasks.ts`,
    "    kcov.resetRemote();\n    kcov.putOwned();\n",
    "    kcov.resetRemote();\n",
  ],
  [
    "exit: in a section no warning",
    `${KCOV}/tasks.ts`,
    "    device.warn(`task ${task.id} exits inside a remote section`);\n  }",
    "  }",
  ],
  [
    "exit: no task becomes current",
    `${KCOV}/tasks.ts`,
    "if (device.currentId === id) returnToFirstTask(device);",
    "if (device.currentId === id) device.setCurrent(undefined);",
  ],
  [
    "reap: the section's area leaks",
    `${KCOV}/tasks.ts`,
    "    if (remoteArea !== 0) putFreeArea(task.arena, remoteArea);\n",
    "",
  ],
  [
    "reap: 0 ends all idle tasks",
    `${KCOV}/tasks.ts`,
    "  if (!Number.isInteger(id) || id < 1) throw new RangeError(`${id} can not be a task`);\n",
    "",
  ],
  ["reap: mappings stay", `${KCOV}/tasks.ts`, "    device.vmas.reap(name);\n", ""],
  ["exit: back to a task that runs elsewhere", `${KCOV}/tasks.ts`, "first?.thread === 0 ? first : undefined", "first"],
  [
    "interrupt context: hooks go on",
    `${KCOV}/device.ts`,
    "this.inTask || (this.inSoftirq && task.softirq) ? task.mode : KCOV_MODE_DISABLED",
    "task.mode",
  ],
  ["switch: hooks keep the old task", `${KCOV}/device.ts`, "        this.#publish();\n", ""],
  ["no current task: hooks go on", `${KCOV}/device.ts`, "      mode.value = KCOV_MODE_DISABLED;\n", ""],
  [
    "warnings: a page's every time",
    `${KCOV}/device.ts`,
    "if ((this.arena.atomicOr(HEADER_WARNED_ONCE, bit) & bit) === 0) this",
    "this",
  ],
  [
    "area limit: not rounded",
    `${KCOV}/device.ts`,
    "rounded > this.arena.load(HEADER_AREA_LIMIT)",
    "bytes > this.arena.load(HEADER_AREA_LIMIT)",
  ],

  // Memory.
  [
    "transaction: no rollback",
    `${MEMORY}/arena.ts`,
    "    } catch (error) {\n      this.#rollBack();",
    "    } catch (error) {",
  ],
  [
    "transaction: journal not emptied",
    `${MEMORY}/arena.ts`,
    "      this.#u32[HEADER_JOURNAL_LENGTH >>> 2] = 0;\n      return result;",
    "      return result;",
  ],
  ["store64: half of it not noted", `${MEMORY}/arena.ts`, "    this.#note(address + 4);\n", ""],
  ["recover: no rollback", `${MEMORY}/arena.ts`, "      this.#seeGrowth();\n      this.#rollBack();\n", ""],
  ["recover: nobody is woken", `${MEMORY}/arena.ts`, "    wakeAll(this.#i32, HEADER_LOCK >>> 2);\n", ""],
  [
    "release: nobody is woken",
    `${MEMORY}/lock.ts`,
    "if ((Atomics.exchange(words, index, 0) & LOCK_CONTENDED) !== 0) Atomics.notify(words, index, 1);",
    "Atomics.store(words, index, 0);",
  ],
  [
    "growth of other threads not seen",
    `${MEMORY}/arena.ts`,
    "    this.#grow(0);\n    const missing",
    "    const missing",
  ],
  [
    "free: not merged with the next run",
    `${MEMORY}/page_allocator.ts`,
    "  mergeWithNext(arena, run);\n  const prev",
    "  const prev",
  ],
  [
    "free: not merged with the one before",
    `${MEMORY}/page_allocator.ts`,
    "  if (prev !== HEADER_RUNS && arena.load(prev + RUN_PINS) === 0) mergeWithNext(arena, prev);\n",
    "",
  ],
  ["cells: not cleared", `${MEMORY}/cells.ts`, "    if (arena.load(word) !== 0) arena.store(word, 0);\n", ""],
  ["cells: no reserve for the allocator", `${MEMORY}/slab.ts`, "const RESERVE = 4;", "const RESERVE = 0;"],

  // Threads and the friendly calls.
  [
    "attach: a task that a thread goes by already",
    `${KCOV}/tasks.ts`,
    "if (task.thread !== 0 || task.isRoot) throw",
    "if (task.thread !== 0) throw",
  ],
  [
    "attach: any memory will do",
    `${MEMORY}/arena.ts`,
    "if (arena.load(HEADER_MAGIC) !== LAYOUT_MAGIC) throw",
    "if (arena.load(HEADER_MAGIC) === 1) throw",
  ],
  ["attach: any layout will do", `${MEMORY}/arena.ts`, "if (version !== LAYOUT_VERSION) {", "if (version === 0) {"],
  [
    "switchTo: a task that runs elsewhere",
    `${KCOV}/tasks.ts`,
    "    checkNotElsewhere(device, task);\n    if (device.currentId !== 0)",
    "    if (device.currentId !== 0)",
  ],
  [
    "switchTo: the old task keeps its thread",
    `${KCOV}/tasks.ts`,
    "    if (device.currentId !== 0) device.current().thread = 0;\n",
    "",
  ],
  [
    "reap: its first task, also when it runs elsewhere",
    `${KCOV}/tasks.ts`,
    "if (!idle && !gone.has(task.thread)) continue;",
    "if (!idle && !gone.has(task.thread) && task.id !== id) continue;",
  ],
  ["munmap: nothing is freed", `${KCOV}/mapping.ts`, "    this.#device.vmas.release(this, this.#vma);\n", ""],
  ["a forgotten mapping stays", `${KCOV}/vmas.ts`, "    this.#forgotten.register(holder, vma, holder);\n", ""],
  ["words does not keep the mapping", `${KCOV}/mapping.ts`, "    this.#device.vmas.keepWith(view, this);\n", ""],
  [
    "a second mapping can be touched",
    `${KCOV}/mapping.ts`,
    "    if (this.address === 0) throw",
    "    if (this.length === 0) throw",
  ],
  ["a mapping is not bounded", `${KCOV}/mapping.ts`, "end * WORD_BYTES > this.length", "end < 0"],
  [
    "missing pages can be touched",
    `${KCOV}/mapping.ts`,
    "    for (const page of this.#missing) {",
    "    for (const page of new Set<number>()) {",
  ],
  [
    "trace: the mapping stays when ENABLE fails",
    "src/runtime/trace.ts",
    "  } catch (error) {\n    release();",
    "  } catch (error) {\n    kcov.close(fd);",
  ],
  [
    "trace: goes on after a throw",
    "src/runtime/trace.ts",
    "  } catch (error) {\n    session.end();",
    "  } catch (error) {",
  ],
  [
    "trace: dropped one too late",
    "src/runtime/trace.ts",
    "(words[0] as bigint) >= BigInt(capacity)",
    "(words[0] as bigint) > BigInt(capacity)",
  ],
  [
    "decode: any count is trusted",
    "src/runtime/records.ts",
    "count < BigInt(capacity) ? Number(count) : capacity",
    "Number(count)",
  ],
  [
    "section: goes on after a throw",
    "src/runtime/remote_section.ts",
    "  } catch (error) {\n    stop();",
    "  } catch (error) {",
  ],
  [
    "section: ends one that it did not begin",
    "src/runtime/remote_section.ts",
    "if (!remoteStart(device, handle)) return fn();",
    "remoteStart(device, handle);",
  ],
  ["traceSwitch: the table is too small", "src/runtime/switch_table.ts", "words * WORD_BYTES", "WORD_BYTES"],
  [
    "traceSwitch: the table is used after its thread left",
    "src/runtime/kcov.ts",
    "    this.#switchTable.forget();\n",
    "",
  ],
  [
    "imports: hooks with the slide",
    "src/runtime/imports.ts",
    "instantiate(0n)",
    "instantiate(arena.load64(HEADER_SLIDE))",
  ],
];

/** Whether the text that a mutation replaces is in a source, once. */
export function hasPlace(source, text) {
  return source.split(text).length === 2;
}
