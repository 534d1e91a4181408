/**
 * Maps a place in an instrumented module to the same operator in the original: the k-th operator of a kind in a
 * function is the k-th of that kind there, if operators that the pass has added are left out. These are the ones that
 * access the pass's memories and functions; whatever else it adds does not trap or call, so no stack frame is there.
 *
 * Unreachable code is left out on both sides: Binaryen does not write all of it.
 */

import { IMPORT_MODULE, OWN_MEMORY } from "../abi/hooks.ts";
import type { ByteRange } from "../binary_format.ts";
import { nearestCounterIn } from "./nearest_site.ts";
import { counterPcs, originalFunction, type PcTable } from "./pc_table.ts";
import { readPcTable } from "./read_pc_table.ts";
import { ByteReader } from "./wasm/byte_reader.ts";
import { EXTERNAL, type IndexedImport, readImports } from "./wasm/imports.ts";
import { OP } from "./wasm/operators.ts";
import { readBodies, readSections } from "./wasm/sections.ts";

/** A place in code: index of a function, and a byte offset in the module's file. */
export interface CodePosition {
  readonly func: number;
  readonly offset: number;
}

/** Finds places in the original of a module. @param binary that was made of it */
export function placesInInstrumented(original: Uint8Array, binary: Uint8Array<ArrayBuffer>): OriginalPositions {
  return new OriginalPositions(original, binary, readPcTable(binary));
}

/** Finds places of the original. */
export class OriginalPositions {
  readonly #original: Uint8Array;
  readonly #instrumented: Uint8Array;
  readonly #table: PcTable;
  readonly #bodies: Bodies;
  readonly #originalBodies: Bodies;
  readonly #added: Added;
  /** Number of functions that the instrumented module imports. */
  readonly #imported: number;

  /** @param table the pc table of the instrumented module */
  constructor(original: Uint8Array, instrumented: Uint8Array, table: PcTable) {
    this.#original = original;
    this.#instrumented = instrumented;
    this.#table = table;
    const sections = readSections(instrumented);
    const imports = [...readImports(instrumented, sections)];
    this.#bodies = readBodies(instrumented, sections);
    this.#originalBodies = readBodies(original, readSections(original));
    this.#imported = imports.filter(({ kind }) => kind === EXTERNAL.function).length;
    this.#added = this.#findAdded(imports);
  }

  /** Whether a place can be one of a stack frame: its offset lies in the body of its function. */
  has({ func, offset }: CodePosition): boolean {
    const body = this.#bodies[func - this.#imported];
    return body !== undefined && offset >= body.start && offset < body.end;
  }

  /** @returns undefined for a place in a function that the pass added, or outside of functions */
  of(place: CodePosition): CodePosition | undefined {
    const func = originalFunction(place.func, { ...this.#table, addedFunctions: this.#addedFunctions });
    const body = this.#bodies[place.func - this.#imported];
    const original =
      func === undefined ? undefined : this.#originalBodies[func - this.#table.original.importedFunctions];
    if (func === undefined || body === undefined || original === undefined) return undefined;
    return { func, offset: this.#sameOperator(body, original, place.offset) ?? this.#nearest(place) ?? original.start };
  }

  /** Number of the original's imported functions that are left; the added ones follow them. */
  get #kept(): number {
    const { original, removedFunctions } = this.#table;
    return original.importedFunctions - removedFunctions.length;
  }

  /** Derived from the imports, since more may have been added after the table was made. */
  get #addedFunctions(): number {
    return this.#imported - this.#kept;
  }

  #sameOperator(body: ByteRange, original: ByteRange, offset: number): number | undefined {
    const wanted = operatorAt(this.#instrumented, body, offset);
    if (wanted === undefined) return undefined;
    const all = [...operators(this.#instrumented, body, wanted, this.#added)];
    const originals = [...operators(this.#original, original, wanted)];
    const place = all.indexOf(offset);
    return place < 0 || all.length !== originals.length ? undefined : originals[place];
  }

  /** The site whose counter is the last one before a place. */
  #nearest({ func, offset }: CodePosition): number | undefined {
    if (!this.#table.trace.includes("counters")) return undefined;
    const counter = nearestCounterIn(this.#instrumented, this.#table).of(func, offset);
    const pc = counter === undefined ? undefined : counterPcs(this.#table)[counter];
    return pc === undefined ? undefined : Number(pc - this.#table.pcBase);
  }

  #findAdded(imports: readonly IndexedImport[]): Added {
    const kept = this.#kept;
    const imported = this.#imported;
    const end = imported + this.#originalBodies.length;
    return {
      memories: addedMemories(imports),
      isFunction: (func) => (func >= kept && func < imported) || func >= end,
    };
  }
}

type Bodies = readonly ByteRange[];

/** What the pass has added to a module. */
interface Added {
  readonly memories: ReadonlySet<number>;
  isFunction(func: number): boolean;
}

const NOTHING: Added = { memories: new Set(), isFunction: () => false };

/** Indices of memories that are imported from the device, except for those that the original defines. */
function addedMemories(imports: readonly IndexedImport[]): ReadonlySet<number> {
  const isAdded = ({ module, name, kind }: IndexedImport): boolean =>
    module === IMPORT_MODULE && kind === EXTERNAL.memory && !name.startsWith(OWN_MEMORY);
  return new Set(imports.filter(isAdded).map(({ index }) => index));
}

/** The opcode of the operator that begins at an offset. */
function operatorAt(bytes: Uint8Array, body: ByteRange, offset: number): number | undefined {
  const reader = atCode(bytes, body);
  while (reader.position < offset) if (!reader.skipOperator()) return undefined;
  return reader.position === offset ? reader.opcode() : undefined;
}

/** Offsets of the reachable operators of one kind, without the added ones. */
function* operators(bytes: Uint8Array, body: ByteRange, wanted: number, added: Added = NOTHING): Generator<number> {
  const reader = atCode(bytes, body);
  /** Depth of blocks, and the depth at which unreachable code began; −1: the code is reachable. */
  let depth = 0;
  let dead = -1;
  while (reader.position < body.end) {
    const offset = reader.position;
    const opcode = reader.opcode();
    const immediates = reader.position;
    if (!reader.skipImmediates(opcode)) return;
    if (BEGINS.has(opcode)) depth++;
    if (dead >= 0 && depth === dead && BEGINS_AGAIN.has(opcode)) dead = -1;
    if (dead < 0 && opcode === wanted && !isAdded(new ByteReader(bytes, immediates), opcode, added)) yield offset;
    if (opcode === OP.end || opcode === OP.delegate) depth--;
    if (dead < 0 && LEAVES.has(opcode)) dead = depth;
  }
}

function atCode(bytes: Uint8Array, { start }: ByteRange): ByteReader {
  const reader = new ByteReader(bytes, start);
  reader.skipLocals();
  return reader;
}

const BEGINS: ReadonlySet<number> = new Set([OP.block, OP.loop, OP.if, OP.try, OP.try_table]);
const BEGINS_AGAIN: ReadonlySet<number> = new Set([OP.end, OP.else, OP.catch, OP.catch_all, OP.delegate]);
const LEAVES: ReadonlySet<number> = new Set([
  ...[OP.unreachable, OP.br, OP.br_table, OP.return, OP.throw, OP.rethrow, OP.throw_ref],
  ...[OP.return_call, OP.return_call_indirect, OP.return_call_ref],
]);

const FIRST_ACCESS = 0x28;
const LAST_ACCESS = 0x3e;

/** Whether the pass added an operator. @param reader positioned at the immediates */
function isAdded(reader: ByteReader, opcode: number, { memories, isFunction }: Added): boolean {
  if (opcode === OP.call || opcode === OP.return_call) return isFunction(reader.uleb());
  if (opcode < FIRST_ACCESS || opcode > LAST_ACCESS) return false;
  return memories.has((reader.uleb() & 0x40) === 0 ? 0 : reader.uleb());
}
