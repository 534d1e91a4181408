/**
 * Functions of C libraries that access the whole range that their parameters describe: it is checked once, when they
 * are called, as AddressSanitizer does natively.
 */

import type { Func } from "../ir/binaryen.ts";
import { signatureOf } from "./allocator_shape.ts";

/** A range that a function accesses: the indices of the parameters that are its address and its size in bytes. */
export interface ParameterRange {
  readonly address: number;
  readonly bytes: number;
  readonly writes: boolean;
}

const TO: ParameterRange = { address: 0, bytes: 2, writes: true };
const FROM: ParameterRange = { address: 1, bytes: 2, writes: false };

const LIBRARY: ReadonlyMap<string, readonly ParameterRange[]> = new Map([
  ["memcpy", [FROM, TO]],
  ["memmove", [FROM, TO]],
  ["memset", [TO]],
]);

/** @returns undefined for any other function */
export function libraryRanges(func: Func, name: string | undefined): readonly ParameterRange[] | undefined {
  const ranges = name === undefined ? undefined : LIBRARY.get(name);
  if (!ranges) return undefined;
  const signature = signatureOf(func);
  return signature?.params === 3 && signature.result ? ranges : undefined;
}
