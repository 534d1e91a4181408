/**
 * `wasi_snapshot_preview1` for fuzzing: self-contained, and deterministic for a given input. The clock advances only by
 * a tick with each reading, random numbers are seeded, and the only file is the input.
 */

import { GuestFault, type GuestMemory } from "../guest_memory.ts";
import { ERRNO } from "./constants.ts";
import { descriptorFunctions } from "./descriptors.ts";
import { environmentFunctions } from "./environment.ts";
import { pathFunctions } from "./paths.ts";
import type { WasiState } from "./state.ts";

/** All functions that a program may import. */
export function wasiImports(state: WasiState): Record<string, (...args: never[]) => unknown> {
  const memory = (): GuestMemory => {
    if (!state.memory) throw new GuestFault(0, 0, 0);
    return state.memory;
  };
  const functions = {
    ...environmentFunctions(state, memory),
    ...descriptorFunctions(state, memory),
    ...pathFunctions(state, memory),
  } as Record<string, (...args: unknown[]) => unknown>;
  return Object.fromEntries(Object.entries(functions).map(([name, call]) => [name, answeringFaults(call)]));
}

function answeringFaults(call: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
  return (...args) => {
    try {
      return call(...args);
    } catch (error) {
      if (error instanceof GuestFault) return ERRNO.FAULT;
      throw error;
    }
  };
}
