/** The code that increments a counter: in device memory, in a memory of the counters' own, by a call, or in globals. */

import type { CounterForm } from "../../abi/counters.ts";
import type { Assembler } from "../wasm/assembler.ts";
import { OP } from "../wasm/operators.ts";
import type { Code } from "./site_code.ts";
import { type Indices, renderPieces } from "./site_rendering.ts";

/** The code of a module's counters. */
export interface CounterCode {
  /** Whether functions keep the address of the counters in a local. */
  readonly hasAddress: boolean;
  /**
   * Writes the code that increments a counter.
   *
   * @param local the local that holds the address
   * @param isFlag whether it is enough to make the counter nonzero
   */
  step(out: Assembler, index: number, local: number, isFlag: boolean): void;
  /** How a loop holds a counter in a local; undefined if it cannot. */
  readonly held: HeldCounterCode | undefined;
}

/** The code of a counter that is held in a local while a loop runs. */
export interface HeldCounterCode {
  /** Writes the code in front of the loop. */
  load(out: Assembler, index: number, local: number): void;
  /** Writes the code that increments the counter. */
  step(out: Assembler, index: number, local: number): void;
}

/** Hooks that are copied to every site: one that counts, and one that only sets a flag. */
export interface CounterHooks {
  readonly count: Code;
  readonly flag: Code;
  /** Those of loops that hold the counter; undefined if there are none for its form. */
  readonly held: { readonly load: Code; readonly step: Code } | undefined;
}

/** Counters in device memory. @param bytes size of a counter */
export function inDeviceMemory({ count, flag }: CounterHooks, bytes: number, indices: Indices): CounterCode {
  return {
    hasAddress: true,
    step: (out, index, local, isFlag) => renderPieces(out, isFlag ? flag : count, () => local, indices, index * bytes),
    held: undefined,
  };
}

/** The same by a call, which always counts. @param hook index of the called function */
export function byCallWithAddress(hook: number, bytes: number): CounterCode {
  return {
    hasAddress: true,
    step(out, index, local) {
      out.op(OP.local_get, local);
      out.i32(index * bytes);
      out.op(OP.i32_add);
      out.op(OP.call, hook);
    },
    held: undefined,
  };
}

/** Counters in their own memory: addresses are constants. @param indices those in which the memory is the counters' */
export function inOwnMemory({ count, flag, held }: CounterHooks, bytes: number, indices: Indices): CounterCode {
  const [counting, flagging] = [atConstant(count), atConstant(flag)];
  const heldStep = (code: Code): HeldCounterCode["step"] => {
    const constant = atConstant(code);
    return (out, index, local) => renderPieces(out, constant, () => local, indices, index * bytes);
  };
  return {
    hasAddress: false,
    step: (out, index, _, isFlag) => renderPieces(out, isFlag ? flagging : counting, () => 0, indices, index * bytes),
    held: held && { load: heldStep(held.load), step: heldStep(held.step) },
  };
}

/** Code with the constant 0 for its first parameter, the address. */
function atConstant({ pieces }: Code): Pick<Code, "pieces"> {
  return { pieces: pieces.map((piece) => ("local" in piece && piece.local === 0 ? ADDRESS_0 : piece)) };
}

const ADDRESS_0 = Uint8Array.of(OP.i32_const, 0);

/** Counters in their own memory, by a call. @param hook index of a function that knows the memory */
export function byCall(hook: number, bytes: number): CounterCode {
  return {
    hasAddress: false,
    step(out, index) {
      out.i32(index * bytes);
      out.op(OP.call, hook);
    },
    held: undefined,
  };
}

/** Counters in globals. There is no hook: AssemblyScript would need a name for each. @param first index of the first */
export function inGlobals(form: CounterForm, first: number): CounterCode {
  const isWide = form === "64bit";
  return {
    hasAddress: false,
    step(out, index, _, isFlag) {
      if (form === "flag") out.i32(1);
      else if (isFlag) out.i64(1);
      else {
        out.op(OP.global_get, first + index);
        if (isWide) out.i64(1);
        else out.i32(1);
        out.op(isWide ? OP.i64_add : OP.i32_add);
      }
      out.op(OP.global_set, first + index);
    },
    held: undefined,
  };
}
