/**
 * Maps a place in an instrumented module back to the original: to the site whose counter is the last that is
 * incremented in the code before it. The code that increments a counter contains its index:
 *
 *     fused     i32.load8_u <device memory> offset=INDEX (global.get $kcov.counters); or an i64.load; a store for flags
 *     import    global.get $kcov.counters, i32.const INDEX, i32.add, and then call $hook
 *
 * Counters in a memory of their own begin at address 0; there the store of a byte is what is looked for, since a loop may
 * have loaded it before (sites/held_counters.ts). The function that increments them is specific to the module
 * (src/abi/counters.ts); counters in globals are not searched for.
 */

import { COUNTER_BYTES, COUNTER_HOOKS, type CounterForm, readCounterImport } from "../abi/counters.ts";
import { IMPORT_MODULE } from "../abi/hooks.ts";
import type { PcTable } from "./pc_table.ts";
import { ByteReader } from "./wasm/byte_reader.ts";
import { EXTERNAL, readImports } from "./wasm/imports.ts";
import { OP } from "./wasm/operators.ts";
import { readBodies, readSections, type Section } from "./wasm/sections.ts";

/** Finds the counter that was incremented last in code. */
export interface NearestCounter {
  /**
   * The counter nearest before an offset.
   *
   * @param func index of the function in the instrumented module
   * @param offset byte offset there
   * @returns the index of the counter; undefined if there is none before the offset
   */
  of(func: number, offset: number): number | undefined;
}

const HOOKS: readonly string[] = Object.values(COUNTER_HOOKS);

/** The operator that first accesses a counter, by the counter's form. */
const REACHES: Readonly<Record<CounterForm, number>> = {
  "64bit": OP.i64_load,
  "8bit": OP.i32_load8_u,
  flag: OP.i32_store8,
};

/**
 * Looks up counters by positions in code, for an engine's stack traces.
 *
 * @param binary an instrumented module with counters
 * @param table its pc table
 */
export function nearestCounterIn(binary: Uint8Array, table: PcTable): NearestCounter {
  const sections = readSections(binary);
  const bodies = readBodies(binary, sections);
  const form = table.counters ?? "8bit";
  const imported = table.original.importedFunctions - table.removedFunctions.length + table.addedFunctions;
  const device = deviceImports(binary, sections);
  const reach = {
    opcode: form === "8bit" && device.isOwn ? OP.i32_store8 : REACHES[form],
    bytes: COUNTER_BYTES[form],
  };
  return {
    of: (func, offset) => {
      const body = bodies[func - imported];
      return body && lastCounter(new ByteReader(binary, body.start), Math.min(body.end, offset), device, reach);
    },
  };
}

/** Indices of what the pass imported. */
interface DeviceImports {
  memory: number | undefined;
  /** Whether the memory is the counters' own. */
  isOwn: boolean;
  /** The functions that increment a counter. */
  hooks: readonly number[];
}

function deviceImports(binary: Uint8Array, sections: readonly Section[]): DeviceImports {
  let memory: number | undefined;
  let hasOwn = false;
  const hooks: number[] = [];
  for (const { module, name, kind, index } of readImports(binary, sections)) {
    if (module !== IMPORT_MODULE) continue;
    const isOwn = readCounterImport(name) !== undefined;
    if (kind === EXTERNAL.memory && (isOwn || name === "memory")) {
      memory = index;
      hasOwn = isOwn;
    }
    if (kind === EXTERNAL.function && (isOwn || HOOKS.includes(name))) hooks.push(index);
  }
  return { memory, isOwn: hasOwn, hooks };
}

/** Finds the last counter in the code of a body. */
function lastCounter(
  reader: ByteReader,
  end: number,
  { memory, hooks }: DeviceImports,
  reach: { readonly opcode: number; readonly bytes: number },
): number | undefined {
  let found: number | undefined;
  /** The index of the counter if a hook is called next. */
  let index = 0;
  reader.skipLocals();
  while (reader.position < end) {
    const opcode = reader.opcode();
    const immediates = reader.position;
    if (!reader.skipImmediates(opcode)) return found;
    const behind = reader.position;
    reader.position = immediates;
    if (opcode === reach.opcode) found = reachedCounter(reader, memory, reach.bytes) ?? found;
    else if (opcode === OP.global_get) index = 0;
    else if (opcode === OP.i32_const) index = reader.uleb();
    else if (opcode === OP.call && hooks.includes(reader.uleb())) found = index / reach.bytes;
    reader.position = behind;
  }
  return found;
}

/** The counter that an access to device memory refers to. */
function reachedCounter(reader: ByteReader, memory: number | undefined, bytes: number): number | undefined {
  const hasIndex = (reader.uleb() & 0x40) !== 0;
  const accessed = hasIndex ? reader.uleb() : 0;
  return accessed === memory ? reader.uleb() / bytes : undefined;
}
