/** Limits above which engines refuse a function even if it is valid. These are V8's; those of others are not lower. */

import { ByteReader } from "./byte_reader.ts";
import { readBodies, readSections } from "./sections.ts";

/** Maximum size of a function's body. */
const MAX_BODY_BYTES = 7_654_321;
/** Maximum number of locals of a function, minus the maximum number of parameters, which count as locals. */
const MAX_LOCALS = 50_000 - 1_000;

/** A function that engines refuse. */
export interface TooLarge {
  /** Its index among the functions that the module defines. */
  defined: number;
  reason: string;
}

/** Finds functions that exceed the limits. */
export function tooLargeFunctions(bytes: Uint8Array): TooLarge[] {
  return readBodies(bytes, readSections(bytes)).flatMap(({ start, end }, defined) => {
    if (end - start > MAX_BODY_BYTES) {
      return [{ defined, reason: `with hooks its body has ${end - start} bytes, engines take ${MAX_BODY_BYTES}` }];
    }
    const locals = countLocals(bytes, start);
    if (locals <= MAX_LOCALS) return [];
    return [{ defined, reason: `with hooks it has ${locals} locals, engines take ${MAX_LOCALS} besides parameters` }];
  });
}

function countLocals(bytes: Uint8Array, body: number): number {
  const reader = new ByteReader(bytes, body);
  let locals = 0;
  for (let n = reader.uleb(); n > 0; n--) {
    locals += reader.uleb();
    reader.skipValueType();
  }
  return locals;
}
