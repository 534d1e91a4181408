/**
 * Counters of a target in memories of their own, one for each module. Instrumented code reaches them at constant
 * addresses, in less time than a region of the device's memory, whose address it has to keep (bench/NOTES.md). All
 * instances of a module share its counters: a script may create an instance for every input, each of which counts for
 * one execution only.
 */

import { type CounterKey, readCounterImport } from "../../abi/counters.ts";
import { WASM_PAGE_BYTES } from "../../abi/layout.ts";
import { engine } from "../../engine.ts";
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
    const wanted = typeof name === "string" ? readCounterImport(name) : undefined;
    if (wanted?.kind !== "memory" || wanted.key.form !== "8bit") return undefined;
    return this.#regionOf(wanted.key).memory;
  }

  /** Modules of one original that are instrumented differently, but have as many counters, have the same ones. */
  #regionOf({ id, length }: CounterKey): TargetCounters {
    const original = id.slice(0, ORIGINAL_DIGITS);
    const key = `${original} ${length}`;
    const known = this.#byModule.get(key);
    if (known) return known;
    const memory = new engine.Memory({
      initial: Math.max(1, Math.ceil(length / WASM_PAGE_BYTES)),
      maximum: MAX_PAGES,
      shared: true,
    });
    const bytes = new Uint8Array(memory.buffer, 0, length);
    const region = { id: BigInt(`0x${original}`), length, memory, address: 0, bytes };
    this.#byModule.set(key, region);
    this.regions.push(region);
    return region;
  }
}

/** How many of an ID's hexadecimal digits are of the original module's hash. */
const ORIGINAL_DIGITS = 16;
