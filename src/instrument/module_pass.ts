/**
 * Takes one module through Binaryen, from the tree that was read from its bytes to the bytes of the output. Each stage
 * is one function, and what it hands to the next is one type:
 *
 *     Input + tree ── prepare ──▶ Prepared    what every function is instrumented with     (prepare.ts)
 *                  ── mark ─────▶ Marked      the tree has markers; plans say the rest     (mark.ts)
 *                  ── seal ─────▶ Sealed      the pc table, encoded; the start function    (here)
 *                  ── write ────▶ Written     Binaryen's bytes, and where the markers are  (here)
 *                  ── splice ───▶ bytes       code in place of the markers                 (code/site_expansion.ts)
 */

import { sha256 } from "@noble/hashes/sha2";
import { bytesToHex } from "@noble/hashes/utils";
import type { ModuleGlobals } from "./code/site_expansion.ts";
import { isAmong } from "./custom_sections.ts";
import { lib, type Name, raw } from "./ir/binaryen.ts";
import type { Ir } from "./ir/ir.ts";
import { beginWith } from "./ir/start.ts";
import { type Marked, markFunctions } from "./mark.ts";
import { derivesCounts } from "./options.ts";
import { PC_TABLE_SECTION, type PcTable } from "./pc_table.ts";
import { decodePcTable, PcTableWriter } from "./pc_table_format.ts";
import { definedGlobals, type Prepared, prepare } from "./prepare.ts";
import type { InstrumentResult, PassInput, PassOutput } from "./result.ts";
import { sanitizerSection } from "./sanitize/parts.ts";
import { DIRTY_IMPORTS } from "./state/memory_state.ts";
import { concat } from "./wasm/bytes.ts";
import { restoreImportOrder } from "./wasm/import_order.ts";
import { customSection } from "./wasm/sections.ts";
import { putDataBack } from "./wasm/set_aside.ts";
import type { UnreadBodies } from "./wasm/unread_bodies.ts";

/** The parts that Binaryen did not get to read, because they are not changed. */
export interface Withheld {
  /** The data section. */
  readonly data: Uint8Array | undefined;
  readonly bodies: UnreadBodies | undefined;
}

/** Instruments the module that `ir` edits, which was read from `input`. */
export function instrumentModule(ir: Ir, input: PassInput, withheld: Withheld): PassOutput {
  const prepared = prepare(ir, input);
  const table = new PcTableWriter(derivesCounts(input.settings));
  const marked = markFunctions(prepared, table);
  const sealed = seal(prepared, table);
  const written = write(prepared, withheld);
  const binary = splice(prepared, marked, sealed, written);
  return { result: resultOf(prepared, marked, sealed, binary), importedFunctions: prepared.importedFunctions };
}

/** The pc table is complete, the original does not change any more, and what runs first in the output is there. */
interface Sealed {
  readonly pcTable: Uint8Array;
}

/** Encodes the pc table, and adds what identifies it or must run first. */
function seal({ ir, input, parts, link, importedFunctions }: Prepared, table: PcTableWriter): Sealed {
  const { bytes, settings } = input;
  const { counters, memory, adoption, sanitizer } = parts;
  const { level, trace, pcBase, prune } = settings;
  const original = { bytes: bytes.length, sha256: bytesToHex(sha256(bytes)), importedFunctions };
  const ownImports = (counters?.addedFunctions ?? 0) + (memory ? DIRTY_IMPORTS : 0);
  const pcTable = table.finish({
    ...{
      link: link.mode,
      level,
      prune: prune !== false,
      trace,
      counters: counters && settings.counters,
      pcBase,
      original,
    },
    addedFunctions: link.addedFunctions + ownImports + (sanitizer?.addedFunctions ?? 0),
    removedFunctions: adoption?.finish() ?? [],
  });
  const identity = { original: original.sha256, table: bytesToHex(sha256(pcTable)) };
  beginWith(ir, [...(counters?.finish(identity) ?? []), ...(memory?.finish() ?? []), ...(sanitizer?.begin() ?? [])]);
  return { pcTable };
}

/** What Binaryen wrote, with markers where code is still missing, and the globals to which markers assign. */
interface Written {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly globals: ModuleGlobals;
}

function write({ ir, input, parts, facts, originalGlobals }: Prepared, { data, bodies }: Withheld): Written {
  const { counters, memory, sanitizer } = parts;
  const globals: ModuleGlobals = {
    original: originalGlobals,
    pending: placeOfGlobal(ir.module, facts.pending),
    counters: counters && placeOfGlobal(ir.module, counters.address),
    dirty: memory && placeOfGlobal(ir.module, memory.map),
    sanitizer: sanitizer?.places(),
  };
  const emitted = emit(ir.module, hasNames(input));
  return { bytes: putDataBack(bodies?.putBack(emitted) ?? emitted, data), globals };
}

/** Makes the output: what was written, with code in place of the markers, followed by custom sections. */
function splice(
  { input, link, sanitizing }: Prepared,
  { plans }: Marked,
  { pcTable }: Sealed,
  { bytes, globals }: Written,
): Uint8Array<ArrayBuffer> {
  const spliced = link.complete(bytes, plans, globals);
  const told = input.settings.sanitize ? sanitizerSection(sanitizing.parts) : [];
  const binary = concat([...spliced, ...told, ...customSection(PC_TABLE_SECTION, pcTable)]);
  restoreImportOrder(input.bytes, binary);
  return binary;
}

function resultOf(
  { input, parts, link, bodies, choice, sanitizing }: Prepared,
  { instrumented, sites, unknown, inexact }: Marked,
  { pcTable }: Sealed,
  binary: Uint8Array<ArrayBuffer>,
): InstrumentResult {
  let decoded: PcTable | undefined;
  return {
    binary,
    get pcTable() {
      decoded ??= decodePcTable(pcTable);
      return decoded;
    },
    link: link.mode,
    counterStorage: parts.counters?.storage,
    stats: {
      functions: { defined: bodies.length, instrumented },
      sites,
      bytes: { original: input.bytes.length, instrumented: binary.length, pcTable: pcTable.length },
    },
    leftOut: [...input.leftOut, ...unknown].sort((a, b) => a.index - b.index),
    setAside: input.setAside.toSorted((a, b) => a.offset - b.offset),
    unmatched: choice.unmatched(),
    inexact,
    adopted: parts.adoption?.hooks ?? [],
    sanitizer: sanitizing.parts,
  };
}

/** The index of a global among those that the module defines; undefined for no name. */
function placeOfGlobal(module: number, name: Name): number | undefined {
  return name === 0 ? undefined : definedGlobals(module).indexOf(raw.GetGlobal(module, name));
}

function hasNames({ sections, setAside }: PassInput): boolean {
  return sections.some((section) => section.name === "name" && !isAmong(setAside, section));
}

/** Writes the module. Names are only written if the original has some; Binaryen would make them up otherwise. */
function emit(module: number, named: boolean): Uint8Array<ArrayBuffer> {
  const before = raw.GetDebugInfo();
  raw.SetDebugInfo(named ? 1 : 0);
  try {
    return lib.wrapModule(module).emitBinary();
  } finally {
    raw.SetDebugInfo(before);
  }
}
