/**
 * What a random sequence does. A step is drawn as a kind and a few numbers; which fd, task or handle they mean is
 * decided when it runs, by the model's state then, so that most steps hit something alive, also after shrinking.
 */

import fc from "fast-check";
import type { KcovContext } from "../../src/index.ts";
import type { Model } from "./model.ts";
import type { RemoteRequest } from "./model_state.ts";

/** One call of the device, with its arguments. */
export type Call =
  | ["open"]
  | ["dup", number, number | undefined]
  | ["close", number]
  | ["ioctl", number, number, bigint]
  | ["remoteEnable", number, RemoteRequest, "object" | "struct"]
  | ["mmap", number, number, number]
  | ["munmap", number]
  | ["read", number, number, number]
  | ["write", number, number, bigint]
  | ["tracePc", bigint, boolean]
  | ["traceCmp", 1 | 2 | 4 | 8, boolean, bigint, bigint, bigint, boolean]
  | ["traceSwitch", bigint, bigint[], bigint]
  | ["taskInit", number]
  | ["switchTo", number]
  | ["taskExit", number]
  | ["reap", number]
  | ["setInTask", boolean]
  | ["setContext", KcovContext]
  | ["remoteStart", bigint]
  | ["remoteStop"]
  | ["commonHandle"]
  /** The next call's allocation of this kind fails. */
  | ["inject", string];

export interface Step {
  kind: keyof typeof WEIGHTS;
  a: number;
  b: number;
  c: number;
}

const INIT_TRACE = 0x80086301;
const ENABLE = 0x6364;
const DISABLE = 0x6365;
const USB = 1n << 56n;

/** Sizes in words around the borders: none, one or two records, a page and a bit, above the limit of one area. */
const SIZES = [2, 4, 5, 8, 9, 13, 32, 64, 513, 1536, 1537];
const REMOTE_SIZES = [0, 1, 2, 5, 9, 9, 32, 32, 64, 1537];
const BAD_SIZES = [0n, 1n, 268435456n, 1n << 32n, -1n];
const MODES = [0n, 0n, 0n, 1n, 1n, 1n, 2n, 1n << 32n];
const COUNTS = [0n, 0n, 0n, 1n, 3n, 7n, 500n, 1n << 59n, (1n << 62n) - 1n, (1n << 64n) - 1n];
const OPERANDS = [0n, 1n, 0x7fn, 0x80n, 0x1ffn, 0xffff8000n, 0xdeadbeefn, -1n, 1n << 63n];
const KINDS = ["kzalloc", "kmalloc", "memdup_user", "vmalloc", "vmalloc_user", "vm_insert_page"];
const COMMANDS = [0x80046301, 0x6363, 0x6367, 0, 0xffffffff, 0x40186366];
const CONTEXTS = ["task", "softirq", "hardirq", "nmi", "softirq_hardirq", "softirq_nmi", "task", "task"] as const;
const SWITCH_BITS = [8n, 16n, 32n, 64n, 64n, 7n];

/** How often each kind is drawn. */
const WEIGHTS = {
  ready: 5,
  remoteReady: 6,
  enable: 6,
  remoteEnable: 6,
  section: 9,
  disableUnder: 3,
  trace: 16,
  compare: 8,
  switchCases: 3,
  burst: 4,
  disable: 3,
  start: 4,
  stop: 8,
  changeTask: 8,
  fork: 3,
  exit: 3,
  reap: 1,
  interrupt: 1,
  softirq: 7,
  context: 1,
  open: 2,
  dup: 2,
  close: 3,
  init: 3,
  map: 3,
  unmap: 1,
  read: 1,
  write: 4,
  command: 2,
  inject: 1,
  handle: 1,
} as const;

/** Numbers choose among alternatives: fast-check's bias to small ones would choose the first ones. */
const uniform = fc.noBias(fc.nat({ max: 0xffff }));

export const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    ...Object.entries(WEIGHTS).map(([kind, weight]) => ({
      weight,
      arbitrary: fc.constant(kind as Step["kind"]),
    })),
  ),
  a: uniform,
  b: uniform,
  c: uniform,
});

/** The calls of one step, given what there is now. */
export function calls({ kind, a, b, c }: Step, model: Model): Call[] {
  if (model.state.current === 0) return callsWithoutTask(a, model);
  const fd = pickFd(model, a);
  const task = pickTask(model, a);
  const map = a % Math.max(1, model.state.mappings.length);
  const pc = BigInt(0x1000 + c);
  const slides = a % 3 !== 0;
  switch (kind) {
    case "open":
      return [["open"]];
    case "ready": {
      const [size, next] = [pick(SIZES, a), nextFd(model)];
      const opened: Call[] = [["open"], ["ioctl", next, INIT_TRACE, BigInt(size)], ["mmap", next, size * 8, 0]];
      return b % 2 === 0 ? opened : [...opened, ["ioctl", next, ENABLE, pick(MODES, c)]];
    }
    case "remoteReady": {
      const [size, next] = [pick(SIZES, a), nextFd(model)];
      return [
        ...toIdleTask(model),
        ["open"],
        ["ioctl", next, INIT_TRACE, BigInt(size)],
        ["mmap", next, size * 8, 0],
        ["remoteEnable", next, remoteRequest(b, c), b % 2 === 0 ? "object" : "struct"],
      ];
    }
    case "dup":
      return [["dup", fd, b % 2 === 0 ? undefined : pick([fd, b % 12, 16383, 16384, -1, 0], c)]];
    case "close":
      return [["close", fd]];
    case "init":
      return [["ioctl", fd, INIT_TRACE, b % 4 === 0 ? pick(BAD_SIZES, c) : BigInt(pick(SIZES, c))]];
    case "enable":
      return [["ioctl", pickIdle(model, a), ENABLE, pick(MODES, b)]];
    case "disable":
      return [["ioctl", pickOwned(model, a), DISABLE, b % 6 === 0 ? BigInt(c) : 0n]];
    case "command":
      return [["ioctl", fd, pick(COMMANDS, b), BigInt(c)]];
    case "remoteEnable":
      return [["remoteEnable", pickIdle(model, a), remoteRequest(b, c), b % 2 === 0 ? "object" : "struct"]];
    case "map": {
      const length = (model.state.fds.get(fd)?.size ?? 2) * 8;
      return [
        [
          "mmap",
          fd,
          b % 5 === 0 ? pick([0, 8, length + 8, Math.max(0, length - 8), 1e6], c) : length,
          b % 7 === 0 ? 4096 : 0,
        ],
      ];
    }
    case "unmap":
      return model.state.mappings.length === 0 ? [] : [["munmap", map]];
    case "read":
      return model.state.mappings.length === 0 ? [] : [["read", map, b % 600, c % 40]];
    case "write":
      return model.state.mappings.length === 0
        ? []
        : [["write", map, b % 3 === 0 ? c % 40 : 0, b % 3 === 0 ? BigInt(c) : pick(COUNTS, c)]];
    case "trace":
      return [["tracePc", pc, slides]];
    case "compare":
      return [
        ["traceCmp", pick([1, 2, 4, 8] as const, a), b % 2 === 0, pick(OPERANDS, b), pick(OPERANDS, c), pc, slides],
      ];
    case "switchCases":
      return [["traceSwitch", BigInt(a), switchTable(b, c), pc]];
    case "burst":
      return Array.from(
        { length: 1 + (a % 10) },
        (_, index): Call =>
          b % 2 === 0
            ? ["tracePc", pc + BigInt(index), true]
            : ["traceCmp", 8, index % 2 === 0, BigInt(index), pc, pc, true],
      );
    case "fork":
      return [["taskInit", task]];
    case "changeTask":
      return [["switchTo", task]];
    case "exit":
      return [["taskExit", b % 64 === 0 ? task : pickBusyTask(model, c)]];
    case "reap":
      return [["reap", b % 4 === 0 ? task : pickBusyTask(model, c)]];
    case "interrupt":
      return [
        ["setInTask", b % 2 === 0],
        ["tracePc", pc, true],
        ["remoteStart", pickHandle(model, a)],
        ["setInTask", true],
      ];
    case "context":
      return [["setContext", pick(CONTEXTS, a)]];
    case "softirq": {
      const handle = b % 7 === 0 ? pick(BAD_HANDLES, c) : pickHandle(model, b);
      const record = (index: number): Call =>
        model.state.remotes.get(handle)?.mode === "TRACE_CMP"
          ? ["traceCmp", 2, false, BigInt(index), BigInt(b), pc, true]
          : ["tracePc", pc + BigInt(index), a % 2 === 0];
      const hard: Call[] = [
        ["setContext", pick(["softirq_hardirq", "softirq_nmi", "hardirq"] as const, c)],
        ["tracePc", pc, true],
        c % 3 === 0 ? ["remoteStop"] : ["remoteStart", handle],
        ["commonHandle"],
        ["setContext", "softirq"],
      ];
      return [
        ["setContext", "softirq"],
        ["tracePc", pc, true],
        ["remoteStart", handle],
        ...Array.from({ length: c % 12 }, (_, index) => record(index)),
        ...(a % 4 === 0 ? hard : []),
        ...(a % 7 === 0 ? [["remoteStart", handle] satisfies Call] : []),
        ...(b % 6 === 0 ? [] : [["remoteStop"] satisfies Call]),
        ...(b % 30 === 1 ? [] : [["setContext", "task"] satisfies Call]),
      ];
    }
    case "start":
      return [["remoteStart", b % 5 === 0 ? pick(BAD_HANDLES, c) : pickHandle(model, b)]];
    case "stop":
      return [["remoteStop"]];
    case "section": {
      // Mostly records in the mode of the section's descriptor.
      const handle = pickHandle(model, b);
      const mode = model.state.remotes.get(handle)?.mode;
      const record = (index: number): Call =>
        mode === "TRACE_CMP"
          ? ["traceCmp", 4, true, BigInt(index), BigInt(a), pc, true]
          : ["tracePc", pc + BigInt(index), true];
      return [
        ...toIdleTask(model),
        ["remoteStart", handle],
        ...Array.from({ length: c % 12 }, (_, index) => record(index)),
        ...(a % 3 === 0 ? [] : [["remoteStop"] satisfies Call]),
      ];
    }
    case "disableUnder": {
      // The owner of a descriptor that somebody is in a section of disables it, and may enable it again.
      const inside = model.state.tasks.find(({ section, softirq }) => section !== null || softirq);
      const owner = inside?.kcov?.task;
      if (inside === undefined || owner == null) return [];
      const [owned] = [...model.state.fds].find(([, kcov]) => kcov === inside.kcov) ?? [-1];
      return [
        ["switchTo", owner.id],
        ["ioctl", owned, DISABLE, 0n],
        ...(b % 2 === 0 ? [["remoteEnable", owned, remoteRequest(b, c), "object"] satisfies Call] : []),
        ["switchTo", inside.id],
        ["setContext", inside.softirq ? "softirq" : "task"],
        ...(c % 4 === 0 ? [] : [["remoteStop"] satisfies Call]),
        ["setContext", "task"],
      ];
    }
    case "inject": {
      const [what, request] = [pick(KINDS, a), remoteRequest(b, c)];
      const next = nextFd(model);
      const armed: Record<string, Call[]> = {
        kzalloc: [["inject", what], ["open"]],
        kmalloc: [
          ["inject", what],
          ["remoteEnable", pickIdle(model, b), request, "struct"],
        ],
        memdup_user: [
          ["inject", what],
          ["remoteEnable", pickIdle(model, b), request, "object"],
        ],
        vmalloc: [
          ["inject", what],
          ["remoteStart", pickHandle(model, b)],
        ],
      };
      const map: Call = ["mmap", next, 4800, 0];
      return armed[what] ?? [["open"], ["ioctl", next, INIT_TRACE, 600n], ["inject", what], map, map];
    }
    case "handle":
      return [["commonHandle"]];
  }
}

/** Nothing is current: what is left is to look around and to switch to a task that still exists. */
function callsWithoutTask(a: number, model: Model): Call[] {
  return a % 3 === 0
    ? [["commonHandle"], ["open"]]
    : [
        ["tracePc", 1n, true],
        ["switchTo", pickTask(model, a)],
      ];
}

const BAD_HANDLES = [1n << 32n, 2n << 56n, USB | (1n << 40n), 0xffn << 56n, (1n << 64n) - 1n];
const GOOD_HANDLES = [USB, USB | 1n, USB | 2n, USB | 0xffffffffn, USB | 65n];

function remoteRequest(b: number, c: number): RemoteRequest {
  const handles = Array.from({ length: b % 4 }, (_, index) => {
    const at = Math.floor(c / 4 ** index);
    if (at % 23 === 0) return pick(BAD_HANDLES, at);
    // Mostly a handle that nobody else has; sometimes a COMMON one or 0, which are not allowed here.
    if (at % 5 !== 0) return USB | BigInt(at % 0x300);
    return at % 7 === 0 ? pick([7n, 0n], b) : pick(GOOD_HANDLES, at);
  });
  const commonHandle = [0n, 0n, BigInt(1 + (c % 600)), b % 11 === 0 ? USB : 0x42n][c % 4] ?? 0n;
  const numHandles = b % 10 === 0 ? pick([handles.length + 1, 0, 257, 2 ** 32 - 1], c) : handles.length;
  return {
    traceMode: pick([0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2 ** 32 - 1], c),
    areaSize: pick(REMOTE_SIZES, b),
    numHandles,
    commonHandle,
    handles,
  };
}

function switchTable(b: number, c: number): bigint[] {
  const cases = Array.from({ length: b % 5 }, (_, index) => BigInt.asUintN(64, pick(OPERANDS, c + index)));
  return [BigInt(cases.length), pick(SWITCH_BITS, c), ...cases];
}

function pickFd(model: Model, n: number): number {
  const open = [...model.state.fds.keys()];
  return n % 16 === 0 || open.length === 0 ? pick([-1, 2, 16384, nextFd(model)], n) : pick(open, n);
}

/** Mostly one that could be enabled. */
function pickIdle(model: Model, n: number): number {
  const idle = [...model.state.fds].filter(([, kcov]) => kcov.mode === "INIT" && kcov.area !== null);
  return n % 8 === 0 || idle.length === 0 ? pickFd(model, n) : (pick(idle, n)[0] ?? -1);
}

/** Mostly the one that keeps the current task busy. */
function pickOwned(model: Model, n: number): number {
  const task = model.state.tasks.find(({ id }) => id === model.state.current);
  const kcov = n % 3 === 0 ? (task?.remoteKcov ?? task?.kcov) : (task?.kcov ?? task?.remoteKcov);
  const owned = [...model.state.fds].find(([, open]) => open === kcov);
  return n % 8 === 0 || owned === undefined ? pickFd(model, n) : owned[0];
}

function pickTask(model: Model, n: number): number {
  const live = model.state.tasks.map(({ id }) => id);
  return n % 24 === 0 || live.length === 0 ? pick([0, -1, 99], n) : pick(live, n);
}

/** Mostly one that traces or is in a section; task 1 is the thread's own and exits rarely: then nothing is current. */
function pickBusyTask(model: Model, n: number): number {
  const others = model.state.tasks.filter(({ id }) => id !== 1);
  const busy = others.filter(({ kcov }) => kcov !== null);
  const { id } = pick(n % 4 === 0 || busy.length === 0 ? others : busy, n) ?? { id: 99 };
  return id;
}

/** An idle task becomes current, forked first if there is none. */
function toIdleTask(model: Model): Call[] {
  const idle = model.state.tasks.find(({ kcov }) => kcov === null);
  if (idle !== undefined) return [["switchTo", idle.id]];
  const { current, nextTask } = model.state;
  return [
    ["taskInit", current],
    ["switchTo", nextTask],
  ];
}

/** Mostly one that is registered. */
function pickHandle(model: Model, n: number): bigint {
  const registered = [...model.state.remotes.keys()];
  return n % 8 === 0 || registered.length === 0 ? pick([0n, 0x42n, ...GOOD_HANDLES], n) : pick(registered, n);
}

function nextFd(model: Model): number {
  let fd = 3;
  while (model.state.fds.has(fd)) fd++;
  return fd;
}

function pick<T>(values: readonly T[], n: number): T {
  return values[n % values.length] as T;
}
