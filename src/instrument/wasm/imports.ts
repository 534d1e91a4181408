/** Entries of the import section. */

import { SECTION } from "../../binary_format.ts";
import { ByteReader } from "./byte_reader.ts";
import type { Section } from "./sections.ts";

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
  /** Whether it is a mutable global. */
  isMutable: boolean;
}

/** An import with its index among those of its kind. */
export interface IndexedImport extends Import {
  index: number;
}

/** The minimum size of a memory or table, in pages or elements, and the flags of its limits. */
export interface Limits {
  readonly initial: number;
  /** Bit 0: has a maximum; bit 1: is shared; bit 2: addresses have 64 bits; bit 3: has another page size. */
  readonly flags: number;
}

/** Reads one entry. */
export function readImport(reader: ByteReader): Import {
  const [module, name, kind] = [reader.name(), reader.name(), reader.byte()];
  let type = 0;
  let limits: Limits = { initial: 0, flags: 0 };
  let isMutable = false;
  if (kind === EXTERNAL.function) {
    type = reader.uleb();
  } else if (kind === EXTERNAL.global) {
    reader.skipValueType();
    isMutable = reader.byte() === 1;
  } else if (kind === EXTERNAL.tag) {
    reader.byte();
    reader.uleb();
  } else {
    if (kind === EXTERNAL.table) reader.skipValueType();
    limits = readLimits(reader);
  }
  return { module, name, kind, type, limits, isMutable };
}

/** Reads the imports of a module. */
export function* readImports(bytes: Uint8Array, sections: readonly Section[]): Generator<IndexedImport, void, void> {
  const section = sections.find(({ id }) => id === SECTION.import);
  if (!section) return;
  const reader = new ByteReader(bytes, section.start);
  const counts: number[] = [];
  for (let n = reader.uleb(); n > 0; n--) {
    const entry = readImport(reader);
    const index = counts[entry.kind] ?? 0;
    counts[entry.kind] = index + 1;
    yield { ...entry, index };
  }
}

/** Reads the limits at the current position. */
export function readLimits(reader: ByteReader): Limits {
  const flags = reader.byte();
  const initial = Number(reader.uleb64());
  if (flags & 1) reader.skipLeb();
  if (flags & 8) reader.skipLeb();
  return { initial, flags };
}
