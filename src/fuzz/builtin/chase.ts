/** Strings that are compared byte by byte, or word by word, in a loop that ends at the first difference. */

import type { Compared, Value } from "./comparisons.ts";
import { attempts } from "./encodings.ts";
import { Haystack } from "./haystack.ts";
import type { SolveContext } from "./solve_context.ts";

/** Steps: the longest string that is found. */
const LONGEST = 512;

/** Where a chase begins: what the last execution replaced. */
export interface ChaseStart {
  /** Bytes of the input. */
  readonly size: number;
  /** A comparison at the site. */
  readonly compared: Compared;
  /** Place in the input, and how many bytes each comparison is about. */
  readonly at: number;
  readonly width: number;
  /** Comparisons that the site made before. */
  readonly count: number;
}

/**
 * While the site compares more often than before, makes its last comparison agree too. A stage of the engine.
 *
 * @returns how many executions it took
 */
export function* chase(context: SolveContext, start: ChaseStart): Generator<number, number, void> {
  const { data, limit, reader } = context;
  const { compared, width } = start;
  let { size, at, count } = start;
  for (let runs = 0; runs < LONGEST; runs++) {
    const { count: now, last } = reader.atSite(context.words(), compared);
    if (now <= count || last === undefined) return runs;
    // Bytes between that agreed by themselves were compared too.
    at += width * (now - count);
    count = now;
    const bytes = nextBytes(data, size, at, width, last);
    if (bytes === undefined || at + width > limit) return runs;
    data.set(bytes, at);
    size = Math.max(size, at + width);
    yield size;
  }
  return LONGEST;
}

/** What makes the last comparison agree, if one of its operands is at `at`, or behind the end of the input. */
function nextBytes(data: Uint8Array, size: number, at: number, width: number, last: Compared): Uint8Array | undefined {
  if (at > size) return undefined;
  // What is behind the end is whatever memory holds; the constant operand, or the first, is what is wanted there.
  const place = at === size ? integer(last.isConst ? last.arg2 : last.arg1, width) : data.subarray(at, at + width);
  for (const { to, width: each } of attempts(last, new Haystack(place, place.length))) if (each === width) return to;
  return undefined;
}

function integer({ low, high }: Value, width: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, low, true);
  view.setUint32(4, high, true);
  return bytes.subarray(0, width);
}
