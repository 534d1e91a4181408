/** Imports that are created when a module requests them, according to their names. */

import { readCounterImport } from "../abi/counters.ts";
import { OWN_MEMORY } from "../abi/hooks.ts";
import { engine } from "../engine.ts";

// Saved now: the programs whose modules import these may change the built-in objects.
const { get } = Reflect;
const { defineProperty, hasOwn } = Object;

/**
 * Import values, and for other names what `make` returns, which is called once for each.
 *
 * For the names in `own`, whose function is called each time, every instance gets a value of its own: the instance
 * keeps it alive, and it is collected with the instance.
 *
 * The memories of fused modules (src/instrument/wasm/own_memory.ts, which names them) are always there: a new one
 * whenever a name requests it, `memory INITIAL [MAXIMUM] [shared]`, in pages of 64 KiB. An engine reads each import
 * once per instance, so every instance gets a memory of its own.
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
      // What a program adds to Object.prototype must not become an attribute of this property.
      if (value !== undefined) defineProperty(target, name, { __proto__: null, value } as PropertyDescriptor);
      return value;
    },
  });
}

function isMade(name: string): boolean {
  return name.startsWith(OWN_MEMORY) || readCounterImport(name) !== undefined;
}

/**
 * Creates the memory that the name of an import describes.
 *
 * @throws {RangeError} memory is exhausted, as when a module defines a memory that is too large
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
