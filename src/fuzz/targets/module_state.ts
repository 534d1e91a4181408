/**
 * The state that a module keeps from one input to the next, as far as its binary tells: it determines which resets can
 * restore it (reset.ts).
 *
 *     kept in                               globals    memory     instance
 *     ──────────────────────────────────────────────────────────────────────
 *     mutable globals of its own            yes        yes        yes
 *     a memory, tables                      –          yes        yes, unless imported
 *     several memories                      –          no         yes, unless imported
 *     tables that JavaScript cannot read    –          no         yes, unless imported
 *     segments that its code drops          no         no         yes
 *     objects of the GC heap that change    no         no         yes
 *     whatever imported functions keep      no         no         no
 *
 * –: left as it is, which is what `globals` means.
 */

import { IMPORT_MODULE } from "../../abi/hooks.ts";
import { type ByteRange, SECTION } from "../../binary_format.ts";
import { ByteReader } from "../../instrument/wasm/byte_reader.ts";
import { EXTERNAL, readImports } from "../../instrument/wasm/imports.ts";
import { OP } from "../../instrument/wasm/operators.ts";
import { readBodies, readSections, type Section } from "../../instrument/wasm/sections.ts";

export interface ModuleState {
  /** The number of memories, including imported ones but not the device's. */
  readonly memories: number;
  /** Kinds of its imports that outlive an instance: "memory", "table", "global". */
  readonly importedState: readonly string[];
  /** A table has elements that JavaScript cannot read. */
  readonly hasOpaqueTable: boolean;
  /** Code that the entry may reach drops data or element segments. */
  readonly dropsSegments: boolean;
  /** Code that the entry may reach modifies GC objects, and a global or a table may hold some. */
  readonly changesObjects: boolean;
}

/** data.drop, elem.drop */
const DROPS = new Set([0xfc0009, 0xfc000d]);
/** struct.set, array.set, array.fill, array.copy, array.init_data, array.init_elem */
const OBJECT_WRITES = new Set([0xfb0005, 0xfb000e, 0xfb0010, 0xfb0011, 0xfb0012, 0xfb0013]);
const INDIRECT: ReadonlySet<number> = new Set([
  OP.call_indirect,
  OP.return_call_indirect,
  OP.call_ref,
  OP.return_call_ref,
]);
const FUNCREF = 0x70;
const EXTERNREF = 0x6f;
const EXNREF = 0x69;
const NOEXNREF = 0x74;
/** The first byte of a reference type in its long form. */
const [REF, REF_NULL] = [0x64, 0x63];
/** The first byte of a table with an initial value. */
const TABLE_WITH_VALUE = 0x40;

/** @param entry export that runs for every input; `initializers`: exports that run before the first input */
export function stateOf(binary: Uint8Array, entry: string, initializers: readonly string[]): ModuleState {
  return new StateReader(binary).read(entry, initializers);
}

/** What one function itself does, without its callees. */
interface OwnEffects {
  readonly calls: readonly number[];
  readonly callsAnything: boolean;
  readonly drops: boolean;
  readonly writesObjects: boolean;
}

class StateReader {
  readonly #binary: Uint8Array;
  readonly #sections: readonly Section[];
  readonly #exports = new Map<string, number>();
  readonly #importedState = new Set<string>();
  #importedFunctions = 0;
  #memories = 0;
  #hasOpaqueTable = false;
  #mayHoldObjects = false;
  #start: number | undefined;

  constructor(binary: Uint8Array) {
    this.#binary = binary;
    this.#sections = readSections(binary);
  }

  read(entry: string, initializers: readonly string[]): ModuleState {
    this.#readImports();
    this.#readTables();
    this.#readMemories();
    this.#readGlobals();
    this.#readExports();
    this.#readStart();
    const effects = this.#reached(entry, initializers);
    return {
      memories: this.#memories,
      importedState: [...this.#importedState],
      hasOpaqueTable: this.#hasOpaqueTable,
      dropsSegments: effects.some(({ drops }) => drops),
      changesObjects: this.#mayHoldObjects && effects.some(({ writesObjects }) => writesObjects),
    };
  }

  #readImports(): void {
    for (const { module, kind, isMutable } of readImports(this.#binary, this.#sections)) {
      if (kind === EXTERNAL.function) this.#importedFunctions++;
      if (module === IMPORT_MODULE) continue;
      if (kind === EXTERNAL.memory) {
        this.#memories++;
        this.#importedState.add("memory");
      } else if (kind === EXTERNAL.table) this.#importedState.add("table");
      else if (isMutable) this.#importedState.add("global");
    }
  }

  #readTables(): void {
    const reader = this.#readerAt(SECTION.table);
    for (let n = reader?.uleb() ?? 0; reader !== undefined && n > 0; n--) {
      const hasValue = reader.bytes[reader.position] === TABLE_WITH_VALUE;
      if (hasValue) reader.position += 2;
      this.#noteReference(reader, true);
      const flags = reader.byte();
      reader.skipLeb();
      if ((flags & 1) !== 0) reader.skipLeb();
      if (hasValue) skipConstant(reader);
    }
  }

  #readMemories(): void {
    this.#memories += this.#readerAt(SECTION.memory)?.uleb() ?? 0;
  }

  #readGlobals(): void {
    const reader = this.#readerAt(SECTION.global);
    for (let n = reader?.uleb() ?? 0; reader !== undefined && n > 0; n--) {
      this.#noteReference(reader, false);
      reader.byte();
      skipConstant(reader);
    }
  }

  /** Notes whether a value of this type may be an object that code modifies. Concrete types are assumed to be. */
  #noteReference(reader: ByteReader, isTable: boolean): void {
    const first = reader.bytes[reader.position] ?? 0;
    const heap = first === REF || first === REF_NULL ? (reader.bytes[reader.position + 1] ?? 0) : first;
    reader.skipValueType();
    // Numeric and vector types.
    if (first >= 0x7b && first <= 0x7f) return;
    const isException = heap === EXNREF || heap === NOEXNREF;
    if (isException && isTable) this.#hasOpaqueTable = true;
    if (heap !== FUNCREF && heap !== EXTERNREF && !isException) this.#mayHoldObjects = true;
  }

  #readExports(): void {
    const reader = this.#readerAt(SECTION.export);
    for (let n = reader?.uleb() ?? 0; reader !== undefined && n > 0; n--) {
      const [name, kind, index] = [reader.name(), reader.byte(), reader.uleb()];
      if (kind === EXTERNAL.function) this.#exports.set(name, index);
    }
  }

  #readStart(): void {
    this.#start = this.#readerAt(SECTION.start)?.uleb();
  }

  /** Every function that the entry may call. An indirect call may reach any except those that ran before the inputs. */
  #reached(entry: string, initializers: readonly string[]): OwnEffects[] {
    const bodies = readBodies(this.#binary, this.#sections);
    const over = new Set([this.#start, ...initializers.map((name) => this.#exports.get(name))]);
    const from = this.#exports.get(entry);
    const queue = from === undefined ? [] : [from];
    const reached = new Map<number, OwnEffects>();
    let isAnything = false;
    while (queue.length > 0) {
      const func = queue.pop() as number;
      const body = bodies[func - this.#importedFunctions];
      if (body === undefined || reached.has(func)) continue;
      const effects = this.#effectsOf(body);
      reached.set(func, effects);
      for (const called of effects.calls) queue.push(called);
      if (!effects.callsAnything || isAnything) continue;
      isAnything = true;
      for (let k = 0; k < bodies.length; k++) {
        if (!over.has(k + this.#importedFunctions)) queue.push(k + this.#importedFunctions);
      }
    }
    return [...reached.values()];
  }

  /** For an unknown operator, the worst is assumed. */
  #effectsOf({ start, end }: ByteRange): OwnEffects {
    const reader = new ByteReader(this.#binary, start);
    reader.skipLocals();
    const calls: number[] = [];
    let [callsAnything, drops, writesObjects] = [false, false, false];
    while (reader.position < end) {
      const opcode = reader.opcode();
      if (opcode === OP.call || opcode === OP.return_call) {
        calls.push(reader.uleb());
        continue;
      }
      callsAnything ||= INDIRECT.has(opcode);
      drops ||= DROPS.has(opcode);
      writesObjects ||= OBJECT_WRITES.has(opcode);
      if (!reader.skipImmediates(opcode)) return { calls, callsAnything: true, drops: true, writesObjects: true };
    }
    return { calls, callsAnything, drops, writesObjects };
  }

  #readerAt(id: number): ByteReader | undefined {
    const section = this.#sections.find((each) => each.id === id);
    return section && new ByteReader(this.#binary, section.start);
  }
}

/** Skips a constant expression. */
function skipConstant(reader: ByteReader): void {
  for (;;) {
    const opcode = reader.opcode();
    if (opcode === OP.end || reader.position >= reader.bytes.length || !reader.skipImmediates(opcode)) return;
  }
}
