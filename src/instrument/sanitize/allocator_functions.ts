/** The functions of a module's allocator that were found. */

import type { Func } from "../ir/binaryen.ts";
import type { AllocatorRole } from "./allocators.ts";

/** A function of the allocator. */
export interface AllocatorFunction {
  readonly role: AllocatorRole;
  readonly func: Func;
}

export interface FoundFunctions {
  readonly ok: true;
  readonly functions: readonly AllocatorFunction[];
  readonly what: string;
}
