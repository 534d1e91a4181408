/** Facts about a module that need no instrumentation: names of its functions, types of its exports. */

import { SECTION } from "../../binary_format.ts";
import { ByteReader } from "./byte_reader.ts";
import { EXTERNAL, readImport } from "./imports.ts";
import { readFunctionNames, readModuleName } from "./names.ts";
import { readSections, type Section } from "./sections.ts";

/** Value type of a parameter or result; "ref" for every reference. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128" | "ref";

export interface FunctionType {
  params: ValueType[];
  results: ValueType[];
}

export interface ModuleInfo {
  /** Name of the module in its name section. */
  name: string | undefined;
  /** Number of imported functions; they come first in the index space. */
  importedFunctions: number;
  /** Number of functions, including imported ones. */
  functions: number;
  /** Number of memories, including imported ones. */
  memories: number;
  importedMemories: number;
  /** Name of a function by index: from the name section, otherwise from an export, otherwise from its import. */
  functionNames: Map<number, string>;
  /** The same, only from the name section. */
  ownNames: Map<number, string>;
  /** Names under which a function is exported, by index. */
  exportNames: Map<number, string[]>;
  /** Types of the exported functions by name. */
  exportedFunctions: Map<string, FunctionType>;
}

const TYPE_FORM = { rec: 0x4e, subFinal: 0x4f, sub: 0x50, array: 0x5e, struct: 0x5f, func: 0x60 } as const;
const VALUE_TYPES: Readonly<Record<number, ValueType>> = {
  127: "i32",
  126: "i64",
  125: "f32",
  124: "f64",
  123: "v128",
};
const NO_TYPE: FunctionType = { params: [], results: [] };

/**
 * Reads the sections that name functions. The module should be valid: what cannot be read is missing from the result.
 *
 * @throws {InstrumentError} ERR_MALFORMED it does not even consist of sections
 */
export function readModuleInfo(binary: Uint8Array): ModuleInfo {
  return new ModuleReader(binary).read();
}

/** All names of a function: its own, and those under which it is exported. */
export function namesOf({ ownNames, exportNames }: ModuleInfo, index: number): string[] {
  const own = ownNames.get(index);
  const exported = exportNames.get(index) ?? [];
  return own === undefined ? exported : [own, ...exported];
}

class ModuleReader {
  readonly #reader: ByteReader;
  readonly #types: FunctionType[] = [];
  /** Type index by function index. */
  readonly #functions: number[] = [];
  readonly #importNames = new Map<number, string>();
  readonly #exports: { name: string; index: number }[] = [];
  #importedFunctions = 0;
  #memories = 0;
  #importedMemories = 0;

  constructor(binary: Uint8Array) {
    this.#reader = new ByteReader(binary);
  }

  read(): ModuleInfo {
    const { bytes } = this.#reader;
    const sections = readSections(bytes);
    for (const section of sections) this.#section(section);
    const functionNames = new Map(this.#importNames);
    for (const { name, index } of this.#exports.toReversed()) functionNames.set(index, name);
    const ownNames = readFunctionNames(bytes, sections);
    for (const [index, name] of ownNames) functionNames.set(index, name);
    const exportedFunctions = new Map<string, FunctionType>();
    const exportNames = new Map<number, string[]>();
    for (const { name, index } of this.#exports) {
      exportNames.set(index, [...(exportNames.get(index) ?? []), name]);
      exportedFunctions.set(name, this.#types[this.#functions[index] ?? -1] ?? NO_TYPE);
    }
    const name = readModuleName(bytes, sections);
    return {
      name,
      importedFunctions: this.#importedFunctions,
      functions: this.#functions.length,
      memories: this.#memories,
      importedMemories: this.#importedMemories,
      functionNames,
      ownNames,
      exportNames,
      exportedFunctions,
    };
  }

  #section({ id, start, end }: Section): void {
    const reader = this.#reader;
    reader.position = start;
    if (id === SECTION.type) this.#typeEntries(reader.uleb(), end);
    else if (id === SECTION.import) this.#repeat(end, () => this.#import());
    else if (id === SECTION.function) this.#repeat(end, () => this.#functions.push(reader.uleb()));
    else if (id === SECTION.memory) this.#memories += reader.uleb();
    else if (id === SECTION.export) this.#repeat(end, () => this.#export());
  }

  #typeEntries(count: number, end: number): void {
    const reader = this.#reader;
    for (let entry = 0; entry < count && reader.position < end; entry++) {
      const form = reader.bytes[reader.position];
      if (form === TYPE_FORM.rec) {
        reader.byte();
        this.#typeEntries(reader.uleb(), end);
      } else {
        this.#types.push(this.#compositeType());
      }
    }
  }

  #compositeType(): FunctionType {
    const reader = this.#reader;
    let form = reader.byte();
    if (form === TYPE_FORM.sub || form === TYPE_FORM.subFinal) {
      for (let count = reader.uleb(); count > 0; count--) reader.uleb();
      form = reader.byte();
    }
    if (form === TYPE_FORM.func) return { params: this.#valueTypes(), results: this.#valueTypes() };
    const fields = form === TYPE_FORM.struct ? reader.uleb() : 1;
    for (let field = 0; field < fields; field++) {
      reader.skipValueType();
      reader.byte();
    }
    return NO_TYPE;
  }

  #valueTypes(): ValueType[] {
    const reader = this.#reader;
    return Array.from({ length: reader.uleb() }, () => {
      const type = VALUE_TYPES[reader.bytes[reader.position] ?? 0] ?? "ref";
      reader.skipValueType();
      return type;
    });
  }

  #import(): void {
    const { module, name, kind, type } = readImport(this.#reader);
    if (kind === EXTERNAL.memory) {
      this.#memories++;
      this.#importedMemories++;
    }
    if (kind !== EXTERNAL.function) return;
    this.#importNames.set(this.#functions.length, `${module}.${name}`);
    this.#functions.push(type);
    this.#importedFunctions++;
  }

  #export(): void {
    const name = this.#reader.name();
    const kind = this.#reader.byte();
    const index = this.#reader.uleb();
    if (kind === EXTERNAL.function) this.#exports.push({ name, index });
  }

  #repeat(end: number, entry: () => void): void {
    for (let count = this.#reader.uleb(); count > 0 && this.#reader.position < end; count--) entry();
  }
}
