/** Entries of the import section. */

import type { Cursor } from "./operators.ts";

/** Kinds of imports and exports. */
export const EXTERNAL = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;

export interface Import {
  module: string;
  name: string;
  /** One of {@link EXTERNAL}. */
  kind: number;
  /** Index of a function's type; 0 for the other kinds. */
  type: number;
}

/** Reads one entry. */
export function readImport(cursor: Cursor): Import {
  const [module, name, kind] = [cursor.text(), cursor.text(), cursor.byte()];
  let type = 0;
  if (kind === EXTERNAL.function) {
    type = cursor.u32();
  } else if (kind === EXTERNAL.global) {
    cursor.skipValueType();
    cursor.byte();
  } else if (kind === EXTERNAL.tag) {
    cursor.byte();
    cursor.u32();
  } else {
    if (kind === EXTERNAL.table) cursor.skipValueType();
    skipLimits(cursor);
  }
  return { module, name, kind, type };
}

/** Flags: bit 0 has a maximum, bit 3 has a custom page size. */
function skipLimits(cursor: Cursor): void {
  const flags = cursor.byte();
  cursor.skipLeb();
  if (flags & 1) cursor.skipLeb();
  if (flags & 8) cursor.skipLeb();
}
