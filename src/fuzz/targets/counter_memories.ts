/**
 * Counters of a target in memories of their own, one for each module. Instrumented code reaches them at constant
 * addresses, in less time than a region of the device's memory, whose address it has to keep (bench/NOTES.md). All
 * instances of a module share its counters: a script may create an instance for every input, each of which counts for
 * one execution only.
 */

import { type CounterKey, idsOf, readCounterImport } from "../../abi/counters.ts";
import { createCounterMemory } from "../../runtime/counter_store.ts";
import type { TargetCounters } from "../engine.ts";

/** The most pages that a memory can have. What is not grown to takes addresses alone. */
const MAX_PAGES = 65_536;

/** Saved now: the programs whose modules import these may change the built-in objects. */
const { get, has } = Reflect;

export class CounterMemories {
  /** The counters of all modules that were instantiated, in the order of their first instances. */
  readonly regions: TargetCounters[] = [];
  readonly #byModule = new Map<string, TargetCounters>();

  /** The imports that modules get: those in `hooks`, and the memories of 8-bit counters. */
  over<T extends object>(hooks: T): T {
    return new Proxy(Object.create(null) as T, {
      has: (_, name) => this.#memoryFor(name) !== undefined || has(hooks, name),
      get: (_, name) => this.#memoryFor(name) ?? get(hooks, name),
    });
  }

  #memoryFor(name: string | symbol): WebAssembly.Memory | undefined {
    const key = typeof name === "string" ? counterMemoryOf(name) : undefined;
    return key && this.#regionOf(key).memory;
  }

  /** Modules of one original that are instrumented differently, but have as many counters, have the same ones. */
  #regionOf(key: CounterKey): TargetCounters {
    const { length } = key;
    const { original: id } = idsOf(key);
    const module = `${id} ${length}`;
    const known = this.#byModule.get(module);
    if (known) return known;
    const memory = createCounterMemory(key, MAX_PAGES);
    const region = { id, length, memory, address: 0, bytes: new Uint8Array(memory.buffer, 0, length) };
    this.#byModule.set(module, region);
    this.regions.push(region);
    return region;
  }
}

/** The counters for which an import is a memory that a target can have; undefined if it is something else. */
export function counterMemoryOf(name: string): CounterKey | undefined {
  const { kind, key } = readCounterImport(name) ?? {};
  return kind === "memory" && key?.form === "8bit" ? key : undefined;
}
