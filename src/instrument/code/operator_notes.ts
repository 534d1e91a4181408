/**
 * Notes on the operators of one function, in the order in which Binaryen writes them. A note is one byte, either
 * NOTHING or what is done at the operator, followed by the parameters of that. See value_plan.ts and
 * sanitize/check_notes.ts.
 */

import { lib, type Type } from "../ir/binaryen.ts";
import { TYPE } from "../wasm/assembler.ts";
import { ByteWriter } from "../wasm/bytes.ts";
import { HELD } from "./site_rendering.ts";

/** The note of an operator at which nothing is done. */
export const NOTHING = 0;

export class OperatorNotes {
  protected readonly out: ByteWriter = new ByteWriter();
  private start = 0;
  /** Types of the values that may be held while a hook is called (HELD). */
  held = 0;

  /** Begins with another function. @param start its offset */
  begin(start: number): void {
    this.out.clear();
    this.held = 0;
    this.start = start;
  }

  /** An operator at which nothing is done. */
  skip(): void {
    this.out.byte(NOTHING);
  }

  /** A copy of the notes. */
  get written(): Uint8Array {
    return this.out.written().slice();
  }

  /** Begins a note. @param offset that of the operator in the original */
  protected head(what: number, offset: number): void {
    this.out.byte(what);
    this.out.uleb(offset - this.start);
  }

  protected hold(type: Type): void {
    this.held |= HELD_BITS.get(type) ?? 0;
  }

  /** Notes the type of a value that is held. */
  protected holdTyped(type: Type): void {
    this.hold(type);
    this.out.byte(TYPE_BYTES.get(type) ?? 0);
  }
}

const HELD_BITS = byType(HELD);

/** The types' encodings in the binary. */
const TYPE_BYTES = byType(TYPE);

/** Converts a table of numbers by the names of types to one by Binaryen's types. */
function byType(numbers: Readonly<Record<keyof typeof TYPE, number>>): ReadonlyMap<Type, number> {
  return new Map(Object.entries(numbers).map(([name, number]) => [lib[name as keyof typeof TYPE], number]));
}
