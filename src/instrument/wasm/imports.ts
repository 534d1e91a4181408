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
  /** Of a memory or table; 0 for the other kinds. */
  limits: Limits;
}

/** How large a memory or table is at least, in pages or elements. */
export interface Limits {
  readonly initial: number;
  /** Bit 0: it has a maximum; bit 1: it is shared; bit 2: its addresses have 64 bits; bit 3: pages are of another size. */
  readonly flags: number;
}

/** Reads one entry. */
export function readImport(cursor: Cursor): Import {
  const [module, name, kind] = [cursor.text(), cursor.text(), cursor.byte()];
  let type = 0;
  let limits: Limits = { initial: 0, flags: 0 };
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
    limits = readLimits(cursor);
  }
  return { module, name, kind, type, limits };
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

/** Reads the limits here. */
export function readLimits(cursor: Cursor): Limits {
  const flags = cursor.byte();
  const initial = Number(cursor.u64());
  if (flags & 1) cursor.skipLeb();
  if (flags & 8) cursor.skipLeb();
  return { initial, flags };
}
