/** Proposal: the calls in a trace of mode TRACE_PC_EXT. */

import { COUNT_WORDS } from "../abi/layout.ts";
import { KCOV_RECORD_ENTRY, KCOV_RECORD_EXIT, KCOV_RECORD_PC_BITS, KCOV_RECORD_TYPE_SHIFT } from "../abi/proposals.ts";
import { countRecords } from "./records.ts";

/** A function, at the place in the tree where it was called. */
export interface CallNode {
  /** The pc of its entry. */
  readonly pc: bigint;
  /** How often it was called there. */
  count: number;
  /** Index of its first entry record among the trace's entries. */
  readonly first: number;
  /** The functions that it called, in order of their first call. */
  readonly children: CallNode[];
}

/** The beginning or the end of a call. */
export interface CallEvent {
  /** Whether the call begins or ends. */
  readonly type: "open" | "close";
  /** The pc of the function's entry. */
  readonly pc: bigint;
  /** Number of entries in the trace before it. */
  readonly at: number;
}

/**
 * The calls of an area as they begin and end, properly nested. A function that ended by an exception or a trap is
 * closed when the trace shows that an outer one goes on, or at the end.
 *
 * @param words the whole area
 * @param functionOf returns the identity of the function that contains a pc
 */
export function* callEvents(
  words: BigUint64Array<ArrayBufferLike>,
  functionOf: (pc: bigint) => unknown,
): Generator<CallEvent, void, void> {
  const open: { pc: bigint; key: unknown }[] = [];
  let at = 0;
  const closeTo = function* (depth: number): Generator<CallEvent, void, void> {
    while (open.length > depth) yield { type: "close", pc: (open.pop() as { pc: bigint }).pc, at };
  };
  for (const { type, pc, caller } of records(words)) {
    if (type === KCOV_RECORD_EXIT) {
      const key = functionOf(pc);
      const depth = open.findLastIndex((frame) => frame.key === key);
      if (depth >= 0) yield* closeTo(depth);
    } else {
      const key = functionOf(caller);
      yield* closeTo(caller === 0n ? 0 : 1 + open.findLastIndex((frame) => frame.key === key));
      open.push({ pc, key: functionOf(pc) });
      yield { type: "open", pc, at };
      at++;
    }
  }
  yield* closeTo(0);
}

/** The call tree: a function appears once for every chain of callers. */
export function callTree(events: Iterable<CallEvent>): CallNode[] {
  const root: CallNode = { pc: 0n, count: 0, first: 0, children: [] };
  const path = [root];
  for (const { type, pc, at } of events) {
    if (type === "close") {
      path.pop();
      continue;
    }
    const { children } = path.at(-1) as CallNode;
    let node = children.find((child) => child.pc === pc);
    if (node === undefined) {
      node = { pc, count: 0, first: at, children: [] };
      children.push(node);
    }
    node.count++;
    path.push(node);
  }
  return root.children;
}

function* records(
  words: BigUint64Array<ArrayBufferLike>,
): Generator<{ type: number; pc: bigint; caller: bigint }, void, void> {
  const end = COUNT_WORDS + countRecords(words, 1);
  for (let at = COUNT_WORDS; at < end; at++) {
    const word = words[at] as bigint;
    const type = Number(word >> BigInt(KCOV_RECORD_TYPE_SHIFT));
    const pc = BigInt.asUintN(KCOV_RECORD_PC_BITS, word);
    if (type === KCOV_RECORD_EXIT) yield { type, pc, caller: 0n };
    else if (type === KCOV_RECORD_ENTRY && at + 1 < end) yield { type, pc, caller: words[++at] as bigint };
  }
}
