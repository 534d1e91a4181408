/**
 * Restores the order of imports. Binaryen sorts them by kind; programs see the order in `Module.imports`, in the
 * numbers in the engine's errors (`Import #2 "env" "f"`), and in the order in which the properties of import objects
 * are read.
 */

import { SECTION } from "../../binary_format.ts";
import { ByteReader } from "./byte_reader.ts";
import { type Import, readImport } from "./imports.ts";
import { readSections } from "./sections.ts";

/** An entry of the import section, and its bytes. */
interface ImportEntry {
  import: Import;
  bytes: Uint8Array;
}

/**
 * Puts the imports of `output` into the order of `original`, in place; those that the pass added come last. Indices
 * stay valid: they count the imports of one kind, and these keep their order.
 */
export function restoreImportOrder(original: Uint8Array, output: Uint8Array): void {
  const place = importEntries(output);
  if (place === undefined) return;
  const wanted = importEntries(original)?.entries ?? [];
  const queues = new Map<number, ImportEntry[]>();
  for (const entry of place.entries) {
    const queue = queues.get(entry.import.kind);
    if (queue) queue.push(entry);
    else queues.set(entry.import.kind, [entry]);
  }
  const ordered: ImportEntry[] = [];
  for (const { import: one } of wanted) {
    const queue = queues.get(one.kind) ?? [];
    const at = queue.findIndex(({ import: { module, name } }) => module === one.module && name === one.name);
    // Earlier imports of the same kind have lower indices.
    if (at >= 0) ordered.push(...queue.splice(0, at + 1));
  }
  const placed = new Set(ordered);
  const rest = place.entries.filter((entry) => !placed.has(entry));
  let position = place.start;
  for (const { bytes } of [...ordered, ...rest]) {
    output.set(bytes, position);
    position += bytes.length;
  }
}

/** The entries of the import section, copied, and where the first one starts. */
function importEntries(binary: Uint8Array): { start: number; entries: ImportEntry[] } | undefined {
  const section = readSections(binary).find(({ id }) => id === SECTION.import);
  if (section === undefined) return undefined;
  const reader = new ByteReader(binary, section.start);
  const count = reader.uleb();
  const { position } = reader;
  const entries = Array.from({ length: count }, () => {
    const start = reader.position;
    const entry = readImport(reader);
    return { import: entry, bytes: binary.slice(start, reader.position) };
  });
  return { start: position, entries };
}
