/**
 * Uncaught errors: Node.js prints their stacks, in which places in instrumented modules are of no use to anybody. They
 * are mapped to the original before that, and before any handler of the program sees the error.
 */

import { hashInUrl, moduleHashes } from "../module_urls.ts";
import type { Loaded, LoadedModules } from "../modules.ts";
import { apply, defineProperty, get, isObject } from "../primordials.ts";
import { replaceEmit } from "./emit.ts";
import type { PlaceFinder } from "./options.ts";

/** Called with the original and the transformed module. */
type FindPlaces = (original: Uint8Array<ArrayBuffer>, binary: Uint8Array<ArrayBuffer>) => PlaceFinder;

/** How deep the `cause` and `errors` of errors are followed. */
const MAX_DEPTH = 8;

/** From now on, the stacks of uncaught errors in this thread refer to the originals. */
export function translateUncaught(modules: LoadedModules, findPlaces: FindPlaces): void {
  const stacks = new StackTranslator(() => modules.all(), findPlaces);
  replaceEmit((target, self, args) => {
    // Node.js emits this for every uncaught error, even if nobody listens.
    if (args[0] === "uncaughtExceptionMonitor") translateError(args[1], stacks, 0);
    return apply(target, self, args);
  });
}

function translateError(error: unknown, stacks: StackTranslator, depth: number): void {
  if (!isObject(error) || depth > MAX_DEPTH) return;
  try {
    const stack = get(error, "stack");
    const translated = typeof stack === "string" ? stacks.translate(stack) : stack;
    if (translated !== stack) {
      defineProperty(error, "stack", { value: translated, writable: true, enumerable: false, configurable: true });
    }
    translateError(get(error, "cause"), stacks, depth + 1);
    const errors = get(error, "errors");
    if (Array.isArray(errors)) for (const each of errors) translateError(each, stacks, depth + 1);
  } catch {
    // A program that has changed built-in objects may have an error that cannot be read: it is printed as it is.
  }
}

/** A frame: the module's URL, index of the function, offset in the module. */
const STACK_FRAME = /(\w+:\/\/[^\n]*?):wasm-function\[(\d+)\]:0x([0-9a-f]+)/g;

class StackTranslator {
  readonly #modules: () => Loaded[];
  readonly #findPlaces: FindPlaces;
  /** What is known about modules. Translated stacks have other names of modules, so they are not translated again. */
  readonly #known = new Map<Loaded, KnownModule>();

  constructor(modules: () => Loaded[], findPlaces: FindPlaces) {
    this.#modules = modules;
    this.#findPlaces = findPlaces;
  }

  translate(stack: string): string {
    return stack.replace(STACK_FRAME, (frame, url: string, func: string, offset: string) => {
      const place = { func: Number(func), offset: Number.parseInt(offset, 16) };
      for (const loaded of this.#modules()) {
        const original = this.#knownOf(loaded)?.translate(url, place);
        if (original !== undefined) return original;
      }
      return frame;
    });
  }

  #knownOf(loaded: Loaded): KnownModule | undefined {
    const { original, binary } = loaded;
    if (original === undefined) return undefined;
    let known = this.#known.get(loaded);
    if (known === undefined) {
      known = new KnownModule(original, binary, this.#findPlaces);
      this.#known.set(loaded, known);
    }
    return known;
  }
}

class KnownModule {
  readonly #hashes: readonly string[];
  readonly #original: Uint8Array<ArrayBuffer>;
  readonly #binary: Uint8Array<ArrayBuffer>;
  readonly #findPlaces: FindPlaces;
  #places: PlaceFinder | undefined;

  constructor(original: Uint8Array<ArrayBuffer>, binary: Uint8Array<ArrayBuffer>, findPlaces: FindPlaces) {
    this.#hashes = moduleHashes(binary);
    this.#original = original;
    this.#binary = binary;
    this.#findPlaces = findPlaces;
  }

  /** @returns the frame in the original; undefined for a frame of another module */
  translate(url: string, place: { func: number; offset: number }): string | undefined {
    const hash = hashInUrl(url) ?? "";
    const which = this.#hashes.indexOf(hash);
    if (which < 0) return undefined;
    this.#places ??= this.#findPlaces(this.#original, this.#binary);
    const found = this.#places.has(place) ? this.#places.of(place) : undefined;
    if (found === undefined) return undefined;
    const hashes = moduleHashes(this.#original);
    const name = url.slice(0, -hash.length) + (hashes[which] ?? hashes[0]);
    return `${name}:wasm-function[${found.func}]:0x${found.offset.toString(16)}`;
  }
}
