/** Decoding an area, and the friendly way to get one: open … DISABLE around a function. */

import {
  KCOV_ACCESS_MASK,
  KCOV_CMP_TYPE_MAX,
  KCOV_EVENT_INDIRECT_CALL,
  KCOV_EVENT_LOAD,
  KCOV_EVENT_STACK_DEPTH,
  KCOV_EVENT_STORE,
} from "../abi/events.ts";
import {
  KCOV_DISABLE,
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_TRACE_CMP,
  KCOV_TRACE_PC,
  KCOV_WORDS_PER_CMP,
} from "../abi/kcov.ts";
import { COUNT_WORDS, WORD_BYTES } from "../abi/layout.ts";
import type { KcovMapping } from "../kcov/mapping.ts";
import { checkOptions, NUMBER, type OptionKinds, oneOf } from "../option_checks.ts";
import { comparisonType } from "./fold.ts";
import { countRecords } from "./records.ts";
import { isThenable } from "./thenable.ts";

/** What to record, and how much of it. */
export interface TraceOptions {
  /** "pc" (default): every site that executes; "cmp": the operands of comparisons. */
  mode?: "pc" | "cmp";
  /** Length of the area in words; default 1 Mi (8 MiB): 1,048,575 PCs or 262,143 comparisons. */
  size?: number;
}

/** One comparison: a decoded record. */
export interface Comparison {
  /** Bytes of the operands: 1, 2, 4 or 8. */
  size: number;
  /** arg1 is a constant of the program. */
  isConst: boolean;
  /** The first operand, zero-extended. */
  arg1: bigint;
  /** The second operand, zero-extended. */
  arg2: bigint;
  /** Site. */
  pc: bigint;
}

/** An event that is no comparison: modules report them if they were instrumented for it. */
export interface TraceEvent {
  /** What happened. */
  kind: "indirect-call" | "load" | "store" | "stack-depth";
  /** Bytes accessed by a load or store; 0 for the others. */
  size: number;
  /** Index of the callee, address of the access, or the stack pointer. */
  value: bigint;
  /** Site. */
  pc: bigint;
}

/** What was recorded while a function ran. It is a copy: it stays as it is. */
export interface Trace<T = unknown> {
  /** What was recorded. */
  mode: "pc" | "cmp";
  /** PCs in order of execution; empty in mode "cmp". */
  pcs: BigUint64Array<ArrayBuffer>;
  /** Comparisons in order of execution; empty in mode "pc". */
  comparisons: Comparison[];
  /** Events that are no comparisons, in order of execution; empty in mode "pc". */
  events: TraceEvent[];
  /** The area was full at the end: what came after was not recorded. */
  dropped: boolean;
  /** What the function returned. */
  result: T;
}

const DEFAULT_SIZE = 1 << 20;

const OPTION_KINDS: OptionKinds<TraceOptions> = { mode: oneOf(["pc", "cmp"]), size: NUMBER };

/** What tracing needs of a `Kcov`. */
interface Traceable {
  readonly current: number;
  open(): number;
  ioctl(fd: number, cmd: number, arg?: number): 0;
  mmap(fd: number, length: number): KcovMapping;
  close(fd: number): void;
}

/** See `Kcov.trace`. */
export function trace<T>(
  kcov: Traceable,
  fn: () => T,
  options: TraceOptions = {},
): Trace<Awaited<T>> | Promise<Trace<Awaited<T>>> {
  checkOptions("trace", options, OPTION_KINDS);
  const { mode = "pc", size = DEFAULT_SIZE } = options;
  const session = startSession(kcov, mode, size);
  let result: T;
  try {
    result = fn();
  } catch (error) {
    session.end();
    throw error;
  }
  if (!isThenable(result)) return finish(session, mode, size, result as Awaited<T>);
  return Promise.resolve(result).then(
    (value) => finish(session, mode, size, value),
    (error) => {
      session.end();
      throw error;
    },
  );
}

/** The PCs of an area, in order. @param words the whole area */
export function decodePcs(words: BigUint64Array<ArrayBufferLike>): BigUint64Array<ArrayBuffer> {
  const count = countRecords(words, 1);
  return new BigUint64Array(words.subarray(COUNT_WORDS, COUNT_WORDS + count));
}

/** The comparisons of an area, in order; other events are left out. @param words the whole area */
export function decodeComparisons(words: BigUint64Array<ArrayBufferLike>): Comparison[] {
  const comparisons: Comparison[] = [];
  for (const [type, at] of records(words)) {
    if (type > KCOV_CMP_TYPE_MAX) continue;
    const [arg1, arg2, pc] = [words[at + 1] as bigint, words[at + 2] as bigint, words[at + 3] as bigint];
    comparisons.push({ ...comparisonType(type), arg1, arg2, pc });
  }
  return comparisons;
}

/** The events of an area that are no comparisons, in order. @param words the whole area */
export function decodeEvents(words: BigUint64Array<ArrayBufferLike>): TraceEvent[] {
  const events: TraceEvent[] = [];
  for (const [type, at] of records(words)) {
    const kind = EVENT_KINDS[type & ~KCOV_ACCESS_MASK];
    if (kind === undefined) continue;
    const size = kind === "load" || kind === "store" ? 1 << ((type & KCOV_ACCESS_MASK) >> 1) : 0;
    events.push({ kind, size, value: words[at + 1] as bigint, pc: words[at + 3] as bigint });
  }
  return events;
}

const EVENT_KINDS: Readonly<Record<number, TraceEvent["kind"]>> = {
  [KCOV_EVENT_INDIRECT_CALL]: "indirect-call",
  [KCOV_EVENT_LOAD]: "load",
  [KCOV_EVENT_STORE]: "store",
  [KCOV_EVENT_STACK_DEPTH]: "stack-depth",
};

/**
 * The records of mode TRACE_CMP. A type that is no small number was not written by the hooks: the area is the user's
 * memory. Types are
 * read as u32 halves, so that skipped records cost no bigint.
 */
function* records(words: BigUint64Array<ArrayBufferLike>): Generator<[type: number, at: number], void, void> {
  const halves = new Uint32Array(words.buffer, words.byteOffset, 2 * words.length);
  const end = COUNT_WORDS + countRecords(words, KCOV_WORDS_PER_CMP) * KCOV_WORDS_PER_CMP;
  for (let at = COUNT_WORDS; at < end; at += KCOV_WORDS_PER_CMP) {
    const [low = 0, high = 0] = [halves[2 * at], halves[2 * at + 1]];
    yield [high === 0 && low < 0x10000 ? low : 0xffff, at];
  }
}

interface Session {
  words: BigUint64Array<ArrayBufferLike>;
  /** Ends tracing and gives everything back. */
  end(): void;
}

function startSession(kcov: Traceable, mode: "pc" | "cmp", size: number): Session {
  const fd = kcov.open();
  let mapping: KcovMapping | undefined;
  const release = (): void => {
    mapping?.munmap();
    kcov.close(fd);
  };
  try {
    kcov.ioctl(fd, KCOV_INIT_TRACE, size);
    mapping = kcov.mmap(fd, size * WORD_BYTES);
    const { words } = mapping;
    const task = kcov.current;
    kcov.ioctl(fd, KCOV_ENABLE, mode === "pc" ? KCOV_TRACE_PC : KCOV_TRACE_CMP);
    const end = (): void => {
      try {
        // `fn` may have ended the tracing itself, or switched to another task.
        if (kcov.current === task) kcov.ioctl(fd, KCOV_DISABLE, 0);
      } finally {
        release();
      }
    };
    return { words, end };
  } catch (error) {
    release();
    throw error;
  }
}

function finish<T>(session: Session, mode: "pc" | "cmp", size: number, result: T): Trace<T> {
  try {
    const { words } = session;
    const capacity = mode === "pc" ? size - 1 : Math.floor((size - 1) / KCOV_WORDS_PER_CMP);
    return {
      mode,
      pcs: mode === "pc" ? decodePcs(words) : new BigUint64Array(0),
      comparisons: mode === "cmp" ? decodeComparisons(words) : [],
      events: mode === "cmp" ? decodeEvents(words) : [],
      dropped: (words[0] as bigint) >= BigInt(capacity),
      result,
    };
  } finally {
    session.end();
  }
}
