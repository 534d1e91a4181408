/** Imports that are made when a module asks for them, by their names. */

import { readCounterImport } from "../abi/counters.ts";
import { OWN_MEMORY } from "../abi/hooks.ts";
import { engine } from "../engine.ts";

// As they are now: the programs whose modules import these may change the language.
const { get } = Reflect;
const { defineProperty, hasOwn } = Object;

/**
 * Import values, and for other names what `make` gives, which is asked once for each.
 *
 * Every instance gets a value of its own of what `own` has, which is asked each time: the instance keeps it, and it is
 * collected with the instance.
 *
 * The memories of fused modules (src/instrument/wasm/own_memory.ts, which names them) are always there: a new one whenever
 * a name asks for it, `memory INITIAL [MAXIMUM] [shared]`, in pages of 64 KiB. An engine reads each import once for an
 * instance, so every instance gets a memory of its own.
 */
export function withOwnMemories<T extends object>(
  values: T,
  make: (name: string) => WebAssembly.ImportValue | undefined = () => undefined,
  own: Readonly<Record<string, () => WebAssembly.ImportValue>> = {},
): T {
  return new Proxy(values, {
    has: (target, name) => name in target || (typeof name === "string" && isMade(name)),
    get(target, name, receiver) {
      if (typeof name === "string" && hasOwn(own, name)) return own[name]?.();
      if (typeof name !== "string" || name in target) return get(target, name, receiver);
      if (name.startsWith(OWN_MEMORY)) return createOwnMemory(name, engine.Memory);
      const value = make(name);
      // What a program adds to Object.prototype is no attribute of this property.
      if (value !== undefined) defineProperty(target, name, { __proto__: null, value } as PropertyDescriptor);
      return value;
    },
  });
}

function isMade(name: string): boolean {
  return name.startsWith(OWN_MEMORY) || readCounterImport(name) !== undefined;
}

/**
 * Makes the memory that the name of an import asks for.
 *
 * @throws {RangeError} there is no memory, as when a module defines one that is too large
 */
export function createOwnMemory(name: string, Memory: typeof WebAssembly.Memory): WebAssembly.Memory {
  const words = name.slice(OWN_MEMORY.length).split(" ");
  const shared = words.at(-1) === "shared";
  const [initial = 0, maximum] = words.filter((word) => word !== "shared").map(Number);
  return new Memory({
    initial,
    ...(maximum === undefined ? {} : { maximum }),
    ...(shared ? { shared } : {}),
  });
}
