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

/** Reads the section that a cursor is at the start of: each import with its index among those of its kind. */
export function* readImports(cursor: Cursor): Generator<Import & { index: number }, void, void> {
  const counts: number[] = [];
  for (let n = cursor.u32(); n > 0; n--) {
    const entry = readImport(cursor);
    const index = counts[entry.kind] ?? 0;
    counts[entry.kind] = index + 1;
    yield { ...entry, index };
  }
}

/** Flags: bit 0 has a maximum, bit 3 has a custom page size. */
function skipLimits(cursor: Cursor): void {
  const flags = cursor.byte();
  cursor.skipLeb();
  if (flags & 1) cursor.skipLeb();
  if (flags & 8) cursor.skipLeb();
}
