/** The pc table that libFuzzer takes: two words per counter, the pc and whether a function begins there. */

import { visible } from "../../text.ts";
import type { TargetModule } from "../engine.ts";

/** Set for the first counter of a function. */
const FUNCTION_ENTRY = 1n;

/** Distance between the PCs of modules, so that those of two never coincide: each pc is an offset in its file. */
const MODULE_STRIDE = 1n << 32n;

/** The table, and the meaning of its PCs. */
export interface PcDescriptions {
  /** Pairs of pc and flags. */
  readonly entries: BigUint64Array;
  /** Where each module's counters are; there is one per pc. */
  readonly modules: readonly { readonly id: bigint; readonly offset: number; readonly length: number }[];
  /** Function, file and offset of a pc of the table. */
  describe(pc: bigint): string;
}

export function buildPcTable(targetModules: readonly TargetModule[]): PcDescriptions {
  const distinct = targetModules.filter((each, k) => targetModules.findIndex(({ id }) => id === each.id) === k);
  const entries = new BigUint64Array(2 * distinct.reduce((sum, { pcs }) => sum + pcs.length, 0));
  let offset = 0;
  const modules = distinct.map((module, index) => {
    writeEntries(entries.subarray(2 * offset), module, BigInt(index) * MODULE_STRIDE);
    const place = { id: module.id, offset, length: module.pcs.length };
    offset += module.pcs.length;
    return place;
  });
  return { entries, modules, describe: (pc) => describe(distinct, pc) };
}

function writeEntries(entries: BigUint64Array, module: TargetModule, base: bigint): void {
  let current: number | undefined;
  module.pcs.forEach((pc, k) => {
    const index = module.functionOf(pc);
    entries[2 * k] = base + pc;
    entries[2 * k + 1] = index === current ? 0n : FUNCTION_ENTRY;
    current = index;
  });
}

/** libFuzzer passes the address before a call's return address, or the pc itself. */
function describe(modules: readonly TargetModule[], pc: bigint): string {
  const module = modules[Number(pc / MODULE_STRIDE)];
  const offset = pc % MODULE_STRIDE;
  if (module === undefined) return `0x${pc.toString(16)}`;
  const index = module.functionOf(offset) ?? module.functionOf(offset + 1n);
  const name = index === undefined ? "?" : module.functionName(index);
  return `in ${visible(name)} ${visible(module.name)}:0x${offset.toString(16)}`;
}
