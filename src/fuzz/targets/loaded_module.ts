/** An instrumented module that a target consists of: its PCs and names. */

import { counterPcs, type PcTable } from "../../instrument/index.ts";
import type { CrashFrame, TargetModule } from "../engine.ts";

export class LoadedModule implements TargetModule {
  readonly name: string;
  readonly id: bigint;
  readonly pcs: BigUint64Array;
  readonly #names: ReadonlyMap<number, string>;
  readonly #table: PcTable;
  #functionByPc: Map<bigint, number> | undefined;

  /** @param functionNames of the original by index */
  constructor(name: string, table: PcTable, functionNames: ReadonlyMap<number, string>) {
    this.name = name;
    this.id = BigInt(`0x${table.original.sha256.slice(0, 16)}`);
    this.pcs = counterPcs(table);
    this.#table = table;
    this.#names = functionNames;
  }

  functionName(index: number): string {
    return this.#names.get(index) ?? `func[${index}]`;
  }

  functionOf(pc: bigint): number | undefined {
    this.#functionByPc ??= new Map(this.#table.sites.map((site) => [site.pc, site.function]));
    return this.#functionByPc.get(pc);
  }

  /**
   * A frame of the instrumented module, in terms of the original.
   *
   * @param func index of the function in the instrumented module
   * @returns undefined for a function that the pass added
   */
  frame(func: number): CrashFrame | undefined {
    const index = originalIndex(func, this.#table);
    if (index === undefined) return undefined;
    return { function: index, name: this.functionName(index), offset: undefined };
  }
}

/** Index in the original of a function of the instrumented module; undefined for one that the pass added. */
function originalIndex(func: number, { original, addedFunctions }: PcTable): number | undefined {
  if (func < original.importedFunctions) return func;
  const index = func - addedFunctions;
  return index < original.importedFunctions ? undefined : index;
}

/** Names by index in the original, from an instrumented module. */
export function originalNames(names: ReadonlyMap<number, string>, table: PcTable): Map<number, string> {
  const original = new Map<number, string>();
  for (const [func, name] of names) {
    const index = originalIndex(func, table);
    if (index !== undefined) original.set(index, name);
  }
  return original;
}
