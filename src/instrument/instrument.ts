/** The pass from end to end. */

import { sha256 } from "@noble/hashes/sha2";
import { bytesToHex } from "@noble/hashes/utils";
import { InstrumentError } from "../errors.ts";
import { lib, type Name, namePointer, raw, readModule } from "./binaryen.ts";
import { UnknownExpression } from "./expressions.ts";
import { hasMultiMemory, shippedFeatures } from "./features.ts";
import { instrumentFunction } from "./function.ts";
import { Ir } from "./ir.ts";
import type { Link } from "./link.ts";
import { linkFused } from "./link_fused.ts";
import { linkImport } from "./link_import.ts";
import { moduleFacts } from "./module_facts.ts";
import { scanFunction } from "./offsets.ts";
import { hooksFor, type InstrumentOptions, type Settings, settingsFrom } from "./options.ts";
import { decodePcTable, PC_TABLE_SECTION, type PcTable, PcTableWriter } from "./pc_table.ts";
import { readBodies, readSections, type Section, withCustomSection, withoutSections } from "./sections.ts";
import { checkOutput, checkRefused, engineVerdict, malformed } from "./validity.ts";

/** An instrumented module. */
export interface InstrumentResult {
  readonly binary: Uint8Array<ArrayBuffer>;
  /** What the PCs mean; decoded from the binary when first asked for. */
  readonly pcTable: PcTable;
  /** How hooks are reached. */
  readonly link: "fused" | "import";
  readonly stats: InstrumentStats;
  /** Functions that were left out although the options include them. */
  readonly leftOut: readonly LeftOut[];
  /** Indices of functions whose PCs are merely distinct offsets inside the body, not those of the instructions. */
  readonly inexact: readonly number[];
}

/** Numbers about one run. */
export interface InstrumentStats {
  readonly functions: { readonly defined: number; readonly instrumented: number };
  readonly sites: { readonly hooked: number; readonly pruned: number };
  readonly bytes: { readonly original: number; readonly instrumented: number; readonly pcTable: number };
}

/** A function that carries no hooks, and why. */
export interface LeftOut {
  readonly index: number;
  readonly reason: string;
}

/**
 * Instruments a module.
 *
 * @param binary the module; it is not changed
 * @throws {InstrumentError} ERR_MALFORMED for what is no valid module, ERR_ALREADY_INSTRUMENTED
 * @throws {TypeError} for unknown options
 */
export function instrument(binary: BufferSource, options: InstrumentOptions = {}): InstrumentResult {
  const settings = settingsFrom(options);
  const bytes = bytesOf(binary);
  const sections = readSections(bytes);
  if (sections.some(isPcTable)) {
    throw new InstrumentError("ERR_ALREADY_INSTRUMENTED", `already instrumented: it has a ${PC_TABLE_SECTION} section`);
  }
  return runPass(bytes, sections, settings);
}

/**
 * Reads the pc table of an instrumented module.
 *
 * @throws {InstrumentError} ERR_NOT_INSTRUMENTED, ERR_PC_TABLE, ERR_MALFORMED
 */
export function readPcTable(module: WebAssembly.Module | BufferSource): PcTable {
  return decodePcTable(pcTableBytes(module));
}

function pcTableBytes(module: WebAssembly.Module | BufferSource): Uint8Array {
  if (module instanceof WebAssembly.Module) {
    const [contents] = WebAssembly.Module.customSections(module, PC_TABLE_SECTION);
    if (contents) return new Uint8Array(contents);
  } else {
    const bytes = bytesOf(module);
    const section = readSections(bytes).find(isPcTable);
    if (section) return bytes.subarray(section.start, section.end);
  }
  throw new InstrumentError("ERR_NOT_INSTRUMENTED", `not instrumented: there is no ${PC_TABLE_SECTION} section`);
}

function isPcTable({ name }: Section): boolean {
  return name === PC_TABLE_SECTION;
}

function bytesOf(source: BufferSource): Uint8Array {
  if (source instanceof Uint8Array) return source;
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}

function runPass(bytes: Uint8Array, sections: readonly Section[], settings: Settings): InstrumentResult {
  const verdict = engineVerdict(bytes);
  const module = readInput(withoutSections(bytes, sections, isDebugInfo), verdict);
  const ir = new Ir(module);
  try {
    if (verdict !== undefined) checkRefused(module, verdict);
    raw.ModuleSetFeatures(module, raw.ModuleGetFeatures(module) | shippedFeatures());
    const named = sections.some(({ name }) => name === "name");
    const result = instrumentModule(ir, bytes, sections, settings, named);
    if (verdict === undefined && (result.link === "import" || hasMultiMemory())) checkOutput(result.binary);
    return result;
  } finally {
    ir.dispose();
    raw.ModuleDispose(module);
  }
}

/** Of the two reasons to refuse a module the engine's is the better one: it has an offset. */
function readInput(bytes: Uint8Array, verdict: string | undefined): number {
  try {
    return readModule(bytes, shippedFeatures());
  } catch (error) {
    if (verdict === undefined) throw error;
    throw malformed(verdict);
  }
}

/** DWARF and source maps speak of offsets in the original, which the output does not have. */
function isDebugInfo({ name }: Section): boolean {
  return /^(\.debug_|reloc\..*debug|sourceMappingURL$|external_debug_info$)/.test(name);
}

function instrumentModule(
  ir: Ir,
  bytes: Uint8Array,
  sections: readonly Section[],
  settings: Settings,
  named: boolean,
): InstrumentResult {
  const functions = Array.from({ length: raw.GetNumFunctions(ir.module) }, (_, k) =>
    raw.GetFunctionByIndex(ir.module, k),
  );
  const imported = functions.filter((func) => lib.__i32_load8_u(raw.FunctionImportGetModule(func)) !== 0).length;
  const bodies = readBodies(bytes, sections);
  const module = moduleFacts(ir, functions, settings.trace);
  const link = linkTo(ir, settings);
  const table = new PcTableWriter();
  const counts = { instrumented: 0, hooked: 0, pruned: 0 };
  const leftOut: LeftOut[] = [];
  const inexact: number[] = [];
  bodies.forEach(({ start, end }, k) => {
    const index = imported + k;
    const func = functions[index];
    if (func === undefined) return;
    try {
      const body = { bytes, start, end, code: scanFunction(bytes, start, end) };
      const entry = instrumentFunction({ ir, link, settings, module }, func, index, body);
      if (!entry) return;
      table.add(entry);
      if (!entry.exact) inexact.push(index);
      counts.instrumented++;
      for (const { impliedBy } of entry.sites) counts[impliedBy ? "pruned" : "hooked"]++;
    } catch (error) {
      if (!(error instanceof UnknownExpression)) throw error;
      leftOut.push({ index, reason: error.message });
    }
  });
  const original = { bytes: bytes.length, sha256: bytesToHex(sha256(bytes)), importedFunctions: imported };
  const { level, prune, trace, pcBase } = settings;
  const header = { link: link.mode, level, prune, trace, pcBase, original, addedFunctions: link.addedFunctions };
  const encoded = table.finish(header);
  const output = withCustomSection(write(ir.module, named), PC_TABLE_SECTION, encoded);
  let decoded: PcTable | undefined;
  return {
    binary: output,
    get pcTable() {
      decoded ??= decodePcTable(encoded);
      return decoded;
    },
    link: link.mode,
    stats: {
      functions: { defined: bodies.length, instrumented: counts.instrumented },
      sites: { hooked: counts.hooked, pruned: counts.pruned },
      bytes: { original: bytes.length, instrumented: output.length, pcTable: encoded.length },
    },
    leftOut,
    inexact,
  };
}

function linkTo(ir: Ir, settings: Settings): Link {
  const context = { ir, freshName: (text: string): Name => namePointer(text) };
  const hooks = hooksFor(settings.trace);
  return settings.link === "fused" ? linkFused(context, hooks) : linkImport(context, hooks);
}

/** Names are written where the original has some; Binaryen would make some up otherwise. */
function write(module: number, named: boolean): Uint8Array<ArrayBuffer> {
  const before = raw.GetDebugInfo();
  raw.SetDebugInfo(named ? 1 : 0);
  try {
    return lib.wrapModule(module).emitBinary();
  } finally {
    raw.SetDebugInfo(before);
  }
}
