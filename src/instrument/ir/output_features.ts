/** The proposals that Binaryen may use when it writes a module. */

import { SECTION } from "../../binary_format.ts";
import { ByteReader } from "../wasm/byte_reader.ts";
import type { Section } from "../wasm/sections.ts";
import { lib, raw, type Type } from "./binaryen.ts";
import { shippedFeatures } from "./features.ts";
import { isValidWith } from "./validity.ts";

/**
 * The features with which to write a module. If garbage collection is among them, Binaryen gives every `ref.null` a
 * type that only engines with that proposal know; if not, every reference type becomes funcref or externref. So a
 * module that may contain a `ref.null`, is valid without garbage collection, and uses no other reference types is
 * written without it: the output must run where the original runs, not only on this engine.
 */
export function outputFeatures(module: number, bytes: Uint8Array, sections: readonly Section[]): number {
  const all = shippedFeatures();
  if (!mayHoldNull(bytes, sections) || namesOtherReferences(module, bytes, sections)) return all;
  const withoutGc = all & ~(lib.Features.GC ?? 0);
  return isValidWith(module, withoutGc) ? withoutGc : all;
}

/** Searches for the byte of `ref.null` in the sections that may contain one; a false positive costs a validation. */
function mayHoldNull(bytes: Uint8Array, sections: readonly Section[]): boolean {
  return sections
    .filter(({ id }) => HOLD_EXPRESSIONS.includes(id))
    .some(({ start, end }) => {
      const section = bytes.subarray(start, end);
      for (let at = section.indexOf(REF_NULL); at >= 0; at = section.indexOf(REF_NULL, at + 1)) {
        const heapType = section[at + 1];
        if (heapType === FUNC || heapType === EXTERN) return true;
      }
      return false;
    });
}

const HOLD_EXPRESSIONS: readonly number[] = [SECTION.table, SECTION.global, SECTION.element, SECTION.code];
const REF_NULL = 0xd0;
const FUNC = 0x70;
const EXTERN = 0x6f;
const FUNCTION_TYPE = 0x60;
/** v128 has the lowest code of the number types, i32 the highest. */
const V128 = 0x7b;
const I32 = 0x7f;

/** Whether the type of a function, global or table, which other modules may see, has any but the two old references. */
function namesOtherReferences(module: number, bytes: Uint8Array, sections: readonly Section[]): boolean {
  const old: readonly Type[] = [lib.i32, lib.i64, lib.f32, lib.f64, lib.v128, lib.funcref, lib.externref];
  for (let k = 0; k < raw.GetNumGlobals(module); k++) {
    if (!old.includes(raw.GlobalGetType(raw.GetGlobalByIndex(module, k)))) return true;
  }
  for (let k = 0; k < raw.GetNumTables(module); k++) {
    if (!old.includes(raw.TableGetType(raw.GetTableByIndex(module, k)))) return true;
  }
  return sections.some((section) => section.id === SECTION.type && !hasOldTypesOnly(bytes, section));
}

/** Whether a type section only has types of functions on numbers, funcref and externref. */
function hasOldTypesOnly(bytes: Uint8Array, { start, end }: Section): boolean {
  const reader = new ByteReader(bytes, start);
  for (let n = reader.uleb(); n > 0 && reader.position < end; n--) {
    if (reader.byte() !== FUNCTION_TYPE || !hasOldValues(reader) || !hasOldValues(reader)) return false;
  }
  return true;
}

/** Whether the vector of value types at the reader's position has only these. */
function hasOldValues(reader: ByteReader): boolean {
  for (let n = reader.uleb(); n > 0; n--) {
    const type = reader.byte();
    if (type !== FUNC && type !== EXTERN && (type < V128 || type > I32)) return false;
  }
  return true;
}
