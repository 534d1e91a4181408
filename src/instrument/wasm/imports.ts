/** Entries of the import section. */

import type { ByteReader } from "./byte_reader.ts";

/** Kinds of imports and exports. */
export const EXTERNAL = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;

export interface Import {
  module: string;
  name: string;
  /** One of {@link EXTERNAL}. */
  kind: number;
  /** Index of a function's type; 0 for the other kinds. */
  type: number;
  /** The limits of a memory or table; 0 for the other kinds. */
  limits: Limits;
}

/** How large a memory or table is at least, in pages or elements. */
export interface Limits {
  readonly initial: number;
  /** Bit 0: it has a maximum; bit 1: it is shared; bit 2: its addresses have 64 bits; bit 3: pages are of another size. */
  readonly flags: number;
}

/** Reads one entry. */
export function readImport(reader: ByteReader): Import {
  const [module, name, kind] = [reader.text(), reader.text(), reader.byte()];
  let type = 0;
  let limits: Limits = { initial: 0, flags: 0 };
  if (kind === EXTERNAL.function) {
    type = reader.u32();
  } else if (kind === EXTERNAL.global) {
    reader.skipValueType();
    reader.byte();
  } else if (kind === EXTERNAL.tag) {
    reader.byte();
    reader.u32();
  } else {
    if (kind === EXTERNAL.table) reader.skipValueType();
    limits = readLimits(reader);
  }
  return { module, name, kind, type, limits };
}

/** Reads the section that a cursor is at the start of: each import with its index among those of its kind. */
export function* readImports(reader: ByteReader): Generator<Import & { index: number }, void, void> {
  const counts: number[] = [];
  for (let n = reader.u32(); n > 0; n--) {
    const entry = readImport(reader);
    const index = counts[entry.kind] ?? 0;
    counts[entry.kind] = index + 1;
    yield { ...entry, index };
  }
}

/** Reads the limits here. */
export function readLimits(reader: ByteReader): Limits {
  const flags = reader.byte();
  const initial = Number(reader.u64());
  if (flags & 1) reader.skipLeb();
  if (flags & 8) reader.skipLeb();
  return { initial, flags };
}
