/**
 * What is checked at the operators of one function, noted in the order in which Binaryen writes them, as value_plan.ts
 * does for what is recorded. A note is a byte, and then, all numbers in LEB128:
 *
 *     NOTHING
 *     ACCESS     pc − start of the function; flags; bytes; constant offset; types of the operands above the address, and 0
 *     RANGE      pc − start; flags        three operands of i32: where to, something else or where from, and how many bytes
 *     UNWINDING  pc − start               a new stack pointer, which may lie above frames that ended without a word
 */

import { HELD, HELD_THIRD } from "../code/site_rendering.ts";
import { lib, type Type } from "../ir/binaryen.ts";
import { TYPE } from "../wasm/assembler.ts";
import { Bytes } from "../wasm/bytes.ts";

/** Kinds of notes. */
export const CHECK = { nothing: 0, access: 1, range: 2, unwinding: 3 } as const;

/** Flags of an access: it writes; all of it lies in 8 bytes whose address is a multiple of 8, if it is aligned. */
export const ACCESS_WRITES = 1;
export const ACCESS_ALIGNED = 2;
/** Flags of a range: which of its operands are addresses, the first one written to and the second read from. */
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

export class CheckNotes {
  private readonly out = new Bytes();
  private start = 0;
  /** Types of the operands that are held (HELD). */
  held = 0;

  /** Begins with another function. @param start its offset */
  begin(start: number): void {
    this.out.clear();
    this.held = 0;
    this.start = start;
  }

  skip(): void {
    this.out.byte(CHECK.nothing);
  }

  /** @param offset of the instruction in the original */
  add(check: Check, offset: number): void {
    const { out } = this;
    out.byte(CHECK[check.kind]);
    out.number(offset - this.start);
    this.held |= HELD.i32;
    if (check.kind === "access") {
      out.byte((check.writes ? ACCESS_WRITES : 0) | (check.aligned ? ACCESS_ALIGNED : 0));
      out.number(check.bytes);
      out.number(check.offset);
      for (const type of check.above) {
        out.byte(TYPES.get(type)?.byte ?? 0);
        this.held |= TYPES.get(type)?.held ?? 0;
      }
      out.byte(0);
      if (check.above.length === 2) this.held |= HELD_THIRD;
    } else if (check.kind === "range") {
      out.byte((check.writes ? RANGE_WRITES : 0) | (check.reads ? RANGE_READS : 0));
      this.held |= HELD_THIRD;
    }
  }

  /** A copy of the notes. */
  get written(): Uint8Array {
    return this.out.written().slice();
  }
}

const TYPES: ReadonlyMap<Type, { byte: number; held: number }> = new Map(
  (["i32", "i64", "f32", "f64", "v128"] as const).map((name) => [lib[name], { byte: TYPE[name], held: HELD[name] }]),
);
