/** Writing code in the binary format. */

import { Bytes } from "./bytes.ts";
import { OP } from "./operators.ts";

/** Encodings of value types in the binary. */
export const TYPE = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

/** Encoding of the type of a block without operands and results. */
export const NO_RESULT = 0x40;

export class Assembler extends Bytes {
  /** An operator with or without an index. */
  op(opcode: number, index?: number): void {
    this.byte(opcode);
    if (index !== undefined) this.number(index);
  }

  /** @param value of any sign */
  i32(value: number): void {
    this.byte(OP.i32_const);
    this.signedLeb(value | 0);
  }

  /** @param value of up to 53 bits */
  i64(value: number): void {
    this.byte(OP.i64_const);
    this.signedLeb(value);
  }

  /** @param value of 64 bits, signed or unsigned */
  i64Big(value: bigint): void {
    this.byte(OP.i64_const);
    let rest = BigInt.asIntN(64, value);
    while (rest < -0x40n || rest >= 0x40n) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.byte(Number(rest & 0x7fn));
  }

  /** Signed LEB128, for constants and for type indices of blocks. */
  signedLeb(value: number): void {
    let rest = value;
    while (rest < -0x40 || rest >= 0x40) {
      const quotient = Math.floor(rest / 0x80);
      this.byte((rest - quotient * 0x80) | 0x80);
      rest = quotient;
    }
    this.byte(rest & 0x7f);
  }
}
