/**
 * The checks at the operators of one function, noted in the order in which Binaryen writes them, as value_plan.ts does
 * for what is recorded. A note is a byte, and then, all numbers in LEB128:
 *
 *     NOTHING
 *     ACCESS     pc − start of the function; flags; bytes; constant offset; types of operands above the address, 0
 *     RANGE      pc − start; flags        three i32 operands: destination, source or another operand, number of bytes
 *     UNWINDING  pc − start               a new stack pointer, which may lie above frames that did not end normally
 */

import { OperatorNotes } from "../code/operator_notes.ts";
import { HELD_THIRD } from "../code/site_rendering.ts";
import { lib, type Type } from "../ir/binaryen.ts";

/** Kinds of notes; for operators at which nothing is checked see NOTHING. */
export const CHECK = { access: 1, range: 2, unwinding: 3 } as const;

/** Flags of an access: it writes; if it is aligned, all of it lies within 8 bytes whose address is a multiple of 8. */
export const ACCESS_WRITES = 1;
export const ACCESS_ALIGNED = 2;
/** Flags of a range: its first operand is an address that is written to; its second one, an address that is read. */
export const RANGE_WRITES = 1;
export const RANGE_READS = 2;

/** The check at an instruction. */
export type Check =
  | {
      readonly kind: "access";
      readonly writes: boolean;
      readonly aligned: boolean;
      readonly offset: number;
      readonly bytes: number;
      /** Types of the operands above the address. */
      readonly above: readonly Type[];
    }
  | { readonly kind: "range"; readonly writes: boolean; readonly reads: boolean }
  | { readonly kind: "unwinding" };

export class CheckNotes extends OperatorNotes {
  /** @param offset that of the instruction in the original */
  add(check: Check, offset: number): void {
    const { out } = this;
    this.head(CHECK[check.kind], offset);
    this.hold(lib.i32);
    if (check.kind === "access") {
      out.byte((check.writes ? ACCESS_WRITES : 0) | (check.aligned ? ACCESS_ALIGNED : 0));
      out.uleb(check.bytes);
      out.uleb(check.offset);
      for (const type of check.above) this.holdTyped(type);
      out.byte(0);
      if (check.above.length === 2) this.held |= HELD_THIRD;
    } else if (check.kind === "range") {
      out.byte((check.writes ? RANGE_WRITES : 0) | (check.reads ? RANGE_READS : 0));
      this.held |= HELD_THIRD;
    }
  }
}
