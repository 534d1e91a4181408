/** Instruments the modules of a side, and collects figures. */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InstrumentError } from "../../errors.ts";
import { type InstrumentOptions, instrument } from "../../instrument/index.ts";
import { PatternReview } from "../../instrument/pattern_review.ts";
import { median } from "./statistics.ts";

/** How often compilation is measured: it takes only milliseconds. */
const COMPILATIONS = 5;

export class Instrumenting {
  bytes = 0;
  instrumentMs = 0;
  compileMs = 0;
  /** Milliseconds that all of this took, which are not part of the program's time. */
  totalMs = 0;
  readonly #options: InstrumentOptions | undefined;
  readonly #cache: string;
  readonly #review: PatternReview | undefined;
  /** The engine's own constructor, even if a loader replaces it. */
  readonly #Module = WebAssembly.Module;

  /**
   * @param options undefined if modules stay as they are
   * @param cache directory for instrumented modules: a program that runs as a whole loads its modules every time
   */
  constructor(options: InstrumentOptions | undefined, cache: string) {
    this.#options = options;
    this.#review = options?.functions && new PatternReview(options.functions);
    this.#cache = cache;
    mkdirSync(cache, { recursive: true });
  }

  /** Patterns for functions that have matched none in any module so far. */
  get unmatched(): string[] {
    return this.bytes === 0 ? [] : (this.#review?.unmatched() ?? []);
  }

  /** @throws {InstrumentError} */
  run(original: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const start = performance.now();
    try {
      const binary = this.#instrumented(original);
      this.#review?.add(original);
      this.bytes += binary.length;
      return binary;
    } finally {
      this.totalMs += performance.now() - start;
    }
  }

  /** As a loader does: what cannot be instrumented is left as it is, and the engine reports what is wrong with it. */
  transform(original: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    try {
      return this.run(original);
    } catch (error) {
      if (error instanceof InstrumentError || error instanceof WebAssembly.CompileError) return original;
      throw error;
    }
  }

  #instrumented(original: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const key = createHash("sha256")
      .update(original)
      .update(JSON.stringify(this.#options) ?? "")
      .digest("hex");
    const path = join(this.#cache, `${key}.wasm`);
    if (existsSync(path)) return new Uint8Array(readFileSync(path));
    const start = performance.now();
    const binary = this.#options === undefined ? original : instrument(original, this.#options).binary;
    if (this.#options !== undefined) this.instrumentMs += performance.now() - start;
    this.compileMs += this.#compileTime(binary);
    writeFileSync(`${path}.tmp`, binary);
    renameSync(`${path}.tmp`, path);
    return binary;
  }

  #compileTime(binary: Uint8Array<ArrayBuffer>): number {
    const times = Array.from({ length: COMPILATIONS }, (_, round) => {
      const bytes = tagged(binary, round);
      const start = performance.now();
      new this.#Module(bytes);
      return performance.now() - start;
    });
    return median(times);
  }
}

/** The same module with a different custom section: an engine does not compile the same bytes twice. */
function tagged(binary: Uint8Array<ArrayBuffer>, tag: number): Uint8Array<ArrayBuffer> {
  const [customSection, sectionBytes, nameBytes] = [0, 2, 1];
  const bytes = new Uint8Array(binary.length + 4);
  bytes.set(binary);
  bytes.set([customSection, sectionBytes, nameBytes, 0x61 + tag], binary.length);
  return bytes;
}
