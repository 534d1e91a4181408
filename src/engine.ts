/** The engine's own WebAssembly functions, and what it can do. */

import { MODULE_HEADER } from "./binary_format.ts";

/** Undefined in an engine that runs without WebAssembly (`node --jitless`); then nothing in this file is used. */
const present = (globalThis as { WebAssembly?: typeof WebAssembly }).WebAssembly;

/**
 * `WebAssembly` as it was when this module was first imported. A loader that instruments what a program loads replaces
 * functions of the global object; what this library itself compiles, instantiates and validates must not go through any
 * loader.
 */
export const engine: typeof WebAssembly = Object.create(null, Object.getOwnPropertyDescriptors(present ?? {}));

/** The static functions of `WebAssembly.Module` that describe a module, as they were. */
export const moduleStatics: Pick<typeof WebAssembly.Module, "imports" | "exports" | "customSections"> = {
  imports: present?.Module.imports,
  exports: present?.Module.exports,
  customSections: present?.Module.customSections,
} as typeof WebAssembly.Module;

/** The buffer of a `WebAssembly.Memory` of any realm; undefined if it is not a memory. */
export function memoryBuffer(memory: unknown): ArrayBufferLike | undefined {
  try {
    return readBuffer.call(memory as WebAssembly.Memory);
  } catch {
    return undefined;
  }
}

/**
 * Whether a buffer is shared. Recognised by its tag, not by `instanceof`: a page that is not cross-origin isolated has
 * shared memories, but no global `SharedArrayBuffer`, and a buffer of another realm has another constructor.
 */
export function isSharedBuffer(buffer: unknown): boolean {
  return tagOf.call(buffer) === "[object SharedArrayBuffer]";
}

/** Whether this engine runs modules with several memories, which the fused link needs. */
export function hasMultiMemory(): boolean {
  return engine.validate(Uint8Array.from(TWO_MEMORIES));
}

/** (memory 0) (memory 0) */
const TWO_MEMORIES = [...MODULE_HEADER, 5, 5, 2, 0, 0, 0, 0];

const readBuffer = Object.getOwnPropertyDescriptor(present?.Memory.prototype ?? {}, "buffer")?.get as (
  this: WebAssembly.Memory,
) => ArrayBufferLike;

const tagOf = Object.prototype.toString;
