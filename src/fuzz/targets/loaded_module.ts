/** One of a target's instrumented modules: its PCs and names. */

// Not from the index: that loads Binaryen.
import { idOf } from "../../abi/counters.ts";
import { createLocator, type Locator } from "../../coverage/sources/locator.ts";
import { type NearestCounter, nearestCounterIn } from "../../instrument/nearest_site.ts";
import { counterPcs, originalFunction, type PcTable } from "../../instrument/pc_table.ts";
import { moduleHashes } from "../../loader/module_urls.ts";
import type { CrashFrame, TargetModule } from "../engine.ts";

export class LoadedModule implements TargetModule {
  readonly name: string;
  readonly id: bigint;
  readonly pcs: BigUint64Array;
  readonly #names: ReadonlyMap<number, string>;
  readonly #table: PcTable;
  readonly #instrumented: Uint8Array<ArrayBuffer>;
  /** Created for the first crash. */
  #nearest: NearestCounter | undefined;
  readonly #original: Uint8Array<ArrayBuffer> | undefined;
  /** Created for the first crash, too. */
  #locator: Locator | undefined;
  #functionByPc: Map<bigint, number> | undefined;
  #hashes: readonly string[] | undefined;

  /**
   * @param functionNames names of the original's functions by index; `instrumented`: the binary that stack frames refer
   * to; `original`: the binary that it was made from, if known
   */
  constructor(
    name: string,
    table: PcTable,
    functionNames: ReadonlyMap<number, string>,
    instrumented: Uint8Array<ArrayBuffer>,
    original?: Uint8Array<ArrayBuffer>,
  ) {
    this.name = name;
    this.#original = original;
    this.id = idOf(table.original.sha256);
    this.pcs = counterPcs(table);
    this.#table = table;
    this.#names = functionNames;
    this.#instrumented = instrumented;
  }

  /** The hashes that V8 may give the instrumented module in stacks. */
  get hashes(): readonly string[] {
    this.#hashes ??= moduleHashes(this.#instrumented);
    return this.#hashes;
  }

  get source(): { readonly pcTable: PcTable; readonly original: Uint8Array | undefined } {
    return { pcTable: this.#table, original: this.#original };
  }

  functionName(index: number): string {
    return this.#names.get(index) ?? `func[${index}]`;
  }

  functionOf(pc: bigint): number | undefined {
    this.#functionByPc ??= new Map(this.#table.sites.map((site) => [site.pc, site.function]));
    return this.#functionByPc.get(pc);
  }

  /**
   * Translates a frame of the instrumented module into terms of the original.
   *
   * @param func index of the function and `offset` in the instrumented module
   * @param pc offset in the original, if known
   * @returns undefined for a function that the pass added
   */
  frame(func: number, offset: number, pc?: number): CrashFrame | undefined {
    const index = originalIndex(func, this.#table);
    if (index === undefined) return undefined;
    const at = pc ?? this.#originalOffset(func, offset);
    return { function: index, name: this.functionName(index), offset: at, location: this.#locationOf(at) };
  }

  #locationOf(offset: number | undefined): string | undefined {
    if (offset === undefined || this.#original === undefined) return undefined;
    this.#locator ??= createLocator(this.#original);
    const position = this.#locator.locate(offset);
    if (!position) return undefined;
    const { file, line, column } = position;
    return `${file}:${line}${column === undefined ? "" : `:${column}`}`;
  }

  #originalOffset(func: number, offset: number): number | undefined {
    this.#nearest ??= nearestCounterIn(this.#instrumented, this.#table);
    const counter = this.#nearest.of(func, offset);
    const pc = counter === undefined ? undefined : this.pcs[counter];
    return pc === undefined ? undefined : Number(pc - this.#table.pcBase);
  }
}

/** Index in the original of a function of the instrumented module; undefined for one that the pass added. */
function originalIndex(func: number, table: PcTable): number | undefined {
  const index = originalFunction(func, table);
  if (index === undefined || index < table.original.importedFunctions) return index;
  // Hooks and the like come after the module's own functions, the last of which has sites.
  return index > (table.functions.at(-1)?.index ?? index) ? undefined : index;
}

/** Names by index in the original, from the names in an instrumented module. */
export function originalNames(names: ReadonlyMap<number, string>, table: PcTable): Map<number, string> {
  const original = new Map<number, string>();
  for (const [func, name] of names) {
    const index = originalIndex(func, table);
    if (index !== undefined) original.set(index, name);
  }
  return original;
}
