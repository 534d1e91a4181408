/** Names of functions without debug information. */

import type { ByteRange } from "../../binary_format.ts";
import { ByteReader } from "../../instrument/wasm/byte_reader.ts";
import { readModuleInfo } from "../../instrument/wasm/module_info.ts";
import { OP } from "../../instrument/wasm/operators.ts";
import { type Demangle, demangleNothing } from "./demangle.ts";

/**
 * Names by index: from a symbol map, the name section, an export or an import. A function without any is called
 * `func[151]`, with its caller's name added if it has a single caller with a name.
 *
 * @param bodies bodies of the functions that the module defines, in order
 */
export class FunctionNames {
  readonly importedFunctions: number;
  readonly #names: Map<number, string>;
  readonly #bytes: Uint8Array;
  readonly #bodies: readonly ByteRange[];
  readonly #demangle: Demangle;
  #callers: Map<number, Set<number>> | undefined;

  constructor(
    bytes: Uint8Array,
    bodies: readonly ByteRange[],
    demangle: Demangle = demangleNothing,
    symbols: ReadonlyMap<number, string> = new Map(),
  ) {
    const { functionNames, importedFunctions } = readModuleInfo(bytes);
    this.importedFunctions = importedFunctions;
    this.#names = new Map(functionNames);
    for (const [index, name] of symbols) this.#names.set(index, name);
    this.#bytes = bytes;
    this.#bodies = bodies;
    this.#demangle = demangle;
  }

  has(index: number): boolean {
    return this.#names.has(index);
  }

  /** The function's name for people. */
  of(index: number): string {
    const name = this.#names.get(index);
    if (name !== undefined) return this.#demangle(name);
    this.#callers ??= this.#findCallers();
    const callers = [...(this.#callers.get(index) ?? [])];
    const named = callers.map((caller) => this.#names.get(caller));
    const [only] = named;
    const caller = named.length === 1 && only !== undefined ? ` called by ${this.#demangle(only)}` : "";
    return `func[${index}]${caller}`;
  }

  /** For each function without a name, the functions that call it directly. */
  #findCallers(): Map<number, Set<number>> {
    const callers = new Map<number, Set<number>>();
    for (const [k, body] of this.#bodies.entries()) {
      for (const callee of calleesOf(this.#bytes, body)) {
        if (this.#names.has(callee)) continue;
        const known = callers.get(callee) ?? new Set();
        known.add(this.importedFunctions + k);
        callers.set(callee, known);
      }
    }
    return callers;
  }
}

function calleesOf(bytes: Uint8Array, { start, end }: ByteRange): Set<number> {
  const callees = new Set<number>();
  const reader = new ByteReader(bytes, start);
  reader.skipLocals();
  while (reader.position < end) {
    const opcode = reader.opcode();
    if (opcode === OP.call || opcode === OP.return_call) callees.add(reader.uleb());
    else if (!reader.skipImmediates(opcode)) break;
  }
  return callees;
}

/** Reads a symbol map as `emcc --emit-symbol-map` writes it: one line per function, `151:name`, escapes as `\5b`. */
export function readSymbolMap(text: string): Map<number, string> {
  const symbols = new Map<number, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^(\d+):(.+)$/.exec(line);
    if (!match) continue;
    const name = (match[2] as string).replace(/\\([0-9a-f]{2})/g, (_, hex) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    symbols.set(Number(match[1]), name);
  }
  return symbols;
}
