/** Finds the pc table of an instrumented module. */

import { engine, moduleStatics } from "../engine.ts";
import { InstrumentError } from "../errors.ts";
import { PC_TABLE_SECTION, type PcTable } from "./pc_table.ts";
import { decodePcTable } from "./pc_table_format.ts";
import { readSections, type Section } from "./wasm/sections.ts";

/**
 * Reads the pc table of an instrumented module.
 *
 * @throws {InstrumentError} ERR_NOT_INSTRUMENTED, ERR_PC_TABLE, ERR_MALFORMED
 */
export function readPcTable(module: WebAssembly.Module | BufferSource): PcTable {
  return decodePcTable(pcTableBytes(module));
}

/** The encoded table in a module. @throws {InstrumentError} ERR_NOT_INSTRUMENTED, ERR_MALFORMED */
export function pcTableBytes(module: WebAssembly.Module | BufferSource): Uint8Array {
  if (module instanceof engine.Module) {
    const sections = moduleStatics.customSections(module, PC_TABLE_SECTION).map((each) => new Uint8Array(each));
    const table = sections.find(beginsLikePcTable);
    if (table) return table;
  } else {
    const bytes = bytesOf(module);
    const section = readSections(bytes).find((each) => isPcTable(bytes, each));
    if (section) return bytes.subarray(section.start, section.end);
  }
  throw new InstrumentError("ERR_NOT_INSTRUMENTED", `not instrumented: there is no ${PC_TABLE_SECTION} section`);
}

/** Whether a section is a pc table, of any version. Others may give their sections the same name. */
export function isPcTable(bytes: Uint8Array, { name, start, end }: Section): boolean {
  return name === PC_TABLE_SECTION && beginsLikePcTable(bytes.subarray(start, end));
}

/** Whether a section's contents begin with a version of the pc table. */
function beginsLikePcTable(contents: Uint8Array): boolean {
  const [version = 0] = contents;
  return version > 0 && version < 32;
}

/** The bytes of a buffer, without copying. */
export function bytesOf(source: BufferSource): Uint8Array {
  if (source instanceof Uint8Array) return source;
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}
