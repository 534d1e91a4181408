/** The records of an area: how many there are, and what they contain. */

import {
  KCOV_ACCESS_MASK,
  KCOV_CMP_TYPE_MAX,
  KCOV_EVENT_INDIRECT_CALL,
  KCOV_EVENT_LOAD,
  KCOV_EVENT_STACK_DEPTH,
  KCOV_EVENT_STORE,
} from "../abi/events.ts";
import { KCOV_CMP_CONST, KCOV_CMP_MASK, KCOV_WORDS_PER_CMP } from "../abi/kcov.ts";
import { COUNT_WORDS } from "../abi/layout.ts";

/** One comparison: a decoded record. */
export interface Comparison {
  /** Size of the operands in bytes: 1, 2, 4 or 8. */
  size: number;
  /** Whether arg1 is a constant of the program. */
  isConst: boolean;
  /** The first operand, zero-extended. */
  arg1: bigint;
  /** The second operand, zero-extended. */
  arg2: bigint;
  /** Site. */
  pc: bigint;
}

/** An event that is not a comparison: modules report these if they were instrumented for them. */
export interface TraceEvent {
  /** What happened. */
  kind: "indirect-call" | "load" | "store" | "stack-depth";
  /** Number of bytes that a load or store accesses; 0 for the other kinds. */
  size: number;
  /** Index of the callee, address of the access, or the stack pointer. */
  value: bigint;
  /** Site. */
  pc: bigint;
}

/** The number of records that word 0 counts, but no more than fit: the user may have written anything there. */
export function countRecords(words: BigUint64Array<ArrayBufferLike>, recordWords: number): number {
  const capacity = Math.floor((words.length - COUNT_WORDS) / recordWords);
  const count = words[0] as bigint;
  return count < BigInt(capacity) ? Number(count) : capacity;
}

/** A view of u64 words as u32, the low half of each first: creating a bigint for each would take most of the time. */
export function halvesOf(words: BigUint64Array<ArrayBufferLike>): Uint32Array<ArrayBufferLike> {
  return new Uint32Array(words.buffer, words.byteOffset, 2 * words.length);
}

/** Size of a comparison's operands in bytes, from its type. */
export function comparisonBytes(type: number): number {
  return 1 << ((type & KCOV_CMP_MASK) >> 1);
}

/** Size of a comparison's operands in bytes, and whether the first is a constant, from its type. */
export function comparisonType(type: number): {
  /** Size of the operands in bytes. */
  size: number;
  /** Whether the first operand is a constant. */
  isConst: boolean;
} {
  return { size: comparisonBytes(type), isConst: (type & KCOV_CMP_CONST) !== 0 };
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

/** The events of an area that are not comparisons, in order. @param words the whole area */
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
 * The records of mode TRACE_CMP. A type that is not a small number was not written by the hooks, but by the user, who
 * may write to the area. Types are read as u32 halves, so that skipped records need no bigint.
 */
function* records(words: BigUint64Array<ArrayBufferLike>): Generator<[type: number, at: number], void, void> {
  const halves = halvesOf(words);
  const end = COUNT_WORDS + countRecords(words, KCOV_WORDS_PER_CMP) * KCOV_WORDS_PER_CMP;
  for (let at = COUNT_WORDS; at < end; at += KCOV_WORDS_PER_CMP) {
    const [low = 0, high = 0] = [halves[2 * at], halves[2 * at + 1]];
    yield [high === 0 && low < 0x10000 ? low : 0xffff, at];
  }
}
