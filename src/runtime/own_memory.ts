/** Memories of fused modules: see src/instrument/wasm/own_memory.ts, which names them. */

import { OWN_MEMORY } from "../abi/hooks.ts";
import { engine } from "../engine.ts";

/**
 * Import values, and a new memory for every name that asks for one: `memory INITIAL [MAXIMUM] [shared]`, in pages of
 * 64 KiB. An engine reads each import once for an instance, so every instance gets a memory of its own.
 */
export function withOwnMemories<T extends object>(values: T): T {
  return new Proxy(values, {
    get(target, name, receiver) {
      if (typeof name !== "string" || !name.startsWith(OWN_MEMORY)) return Reflect.get(target, name, receiver);
      return createOwnMemory(name, engine.Memory);
    },
  });
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
