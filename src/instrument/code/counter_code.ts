/** How the step of a counter is written: in device memory, in a memory of the counters' own, by a call, in globals. */

import type { CounterForm } from "../../abi/counters.ts";
import type { Assembler } from "../wasm/assembler.ts";
import { OP } from "../wasm/operators.ts";
import type { Code } from "./site_code.ts";
import { type Indices, renderPieces } from "./site_rendering.ts";

/** The code of a module's counters. */
export interface CounterCode {
  /** Whether functions keep the address of the counters in a local. */
  readonly hasAddress: boolean;
  /** Writes the step of a counter. @param local that has the address */
  step(out: Assembler, index: number, local: number): void;
}

/** Code that is copied to every site. @param bytes of a counter */
export function inDeviceMemory(hook: Code, bytes: number, indices: Indices): CounterCode {
  return {
    hasAddress: true,
    step: (out, index, local) => renderPieces(out, hook, () => local, indices, index * bytes),
  };
}

/** The same by a call. @param hook index of the function */
export function byCallWithAddress(hook: number, bytes: number): CounterCode {
  return {
    hasAddress: true,
    step(out, index, local) {
      out.op(OP.local_get, local);
      out.i32(index * bytes);
      out.op(OP.i32_add);
      out.op(OP.call, hook);
    },
  };
}

/** Addresses are constants. @param indices in which the memory is the counters' */
export function inOwnMemory(hook: Code, bytes: number, indices: Indices): CounterCode {
  const pieces = hook.pieces.map((piece) => ("local" in piece ? ADDRESS_0 : piece));
  return {
    hasAddress: false,
    step: (out, index) => renderPieces(out, { pieces }, () => 0, indices, index * bytes),
  };
}

const ADDRESS_0 = Uint8Array.of(OP.i32_const, 0);

/** @param hook index of a function that knows the memory */
export function byCall(hook: number, bytes: number): CounterCode {
  return {
    hasAddress: false,
    step(out, index) {
      out.i32(index * bytes);
      out.op(OP.call, hook);
    },
  };
}

/** There is no hook for globals: AssemblyScript would have to know each by a name. @param first index of the first one */
export function inGlobals(form: CounterForm, first: number): CounterCode {
  const isWide = form === "64bit";
  return {
    hasAddress: false,
    step(out, index) {
      if (form === "flag") out.i32(1);
      else {
        out.op(OP.global_get, first + index);
        if (isWide) out.i64(1);
        else out.i32(1);
        out.op(isWide ? OP.i64_add : OP.i32_add);
      }
      out.op(OP.global_set, first + index);
    },
  };
}
