/**
 * The cursor of the fused link against the import link, whose hook reads word 0 at every event: random modules whose host
 * does to the device whatever a host may do, in the middle of their functions, leave the same words behind. The whole of
 * every area is compared each time the host gets control, and at the end.
 */

import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  KCOV_DISABLE,
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_REMOTE_ENABLE,
  KCOV_SUBSYSTEM_USB,
  KCOV_TRACE_CMP,
  KCOV_TRACE_PC,
  Kcov,
  KcovError,
  type KcovMapping,
  kcovRemoteHandle,
} from "../../src/index.ts";
import { hasMultiMemory, type InstrumentOptions, instrument } from "../../src/instrument/index.ts";
import { randomModule } from "../support/random_wat.ts";
import { wat } from "../support/wat.ts";

// Each takes half a second: records are compared at every call of the host.
const RUNS = Math.min(300, Number(process.env.WASM_KCOV_RANDOM_MODULES ?? 25));
/** Areas in words: one that fills up soon, one that hardly does. */
const SIZES = [48, 4096];
const BUS = kcovRemoteHandle(KCOV_SUBSYSTEM_USB, 7n);
/** How deep the host calls back into the module. */
const MAX_DEPTH = 3;

type Exported = (a: number, b: bigint) => unknown;

/** A device, a module on it, and a host that interferes. What happens depends on the calls alone. */
class World {
  readonly log: string[] = [];
  readonly #kcov: Kcov;
  readonly #fds: number[] = [];
  readonly #areas: KcovMapping[] = [];
  readonly #exports: Record<string, Exported>;
  readonly #other: Record<string, Exported>;
  #depth = 0;
  #calls = 0;

  static async create(binary: Uint8Array<ArrayBuffer>, options: InstrumentOptions): Promise<World> {
    return new World(await Kcov.create(), instrument(binary, options).binary);
  }

  private constructor(kcov: Kcov, binary: Uint8Array<ArrayBuffer>) {
    this.#kcov = kcov;
    for (const size of SIZES) {
      const fd = kcov.open();
      kcov.ioctl(fd, KCOV_INIT_TRACE, size);
      this.#fds.push(fd);
      this.#areas.push(kcov.mmap(fd, size * 8));
    }
    this.#remoteEnable();
    const module = new WebAssembly.Module(binary);
    const imports = { ...kcov.imports, env: { host: (k: number) => this.#host(k) } };
    this.#exports = new WebAssembly.Instance(module, imports).exports as Record<string, Exported>;
    this.#other = new WebAssembly.Instance(module, imports).exports as Record<string, Exported>;
  }

  /** A third descriptor, enabled by another task for what happens in sections of BUS. */
  #remoteEnable(): void {
    const kcov = this.#kcov;
    const fd = kcov.open();
    kcov.ioctl(fd, KCOV_INIT_TRACE, 512);
    this.#areas.push(kcov.mmap(fd, 512 * 8));
    const [task, owner] = [kcov.current, kcov.taskInit()];
    kcov.switchTo(owner);
    kcov.ioctl(fd, KCOV_REMOTE_ENABLE, { traceMode: KCOV_TRACE_PC, areaSize: 64, handles: [BUS] });
    kcov.switchTo(task);
  }

  run(k: number, a: number, b: bigint): void {
    for (const exports of [this.#exports, this.#other]) exports.refuel?.(0, 0n);
    this.#call(this.#exports, k, a, b);
    this.#snapshot(`f${k}`);
    this.#attempt(() => this.#kcov.remoteStop());
    for (const fd of this.#fds) this.#attempt(() => this.#kcov.ioctl(fd, KCOV_DISABLE, 0));
    this.#snapshot("end");
  }

  #call(exports: Record<string, Exported>, k: number, a: number, b: bigint): void {
    try {
      this.log.push(String(exports[`f${k}`]?.(a, b)));
    } catch (error) {
      this.log.push(error instanceof WebAssembly.Exception ? "exception" : String(error));
    }
  }

  #host(k: number): void {
    this.#snapshot(`host ${k}`);
    const kcov = this.#kcov;
    const [small, large] = this.#areas as [KcovMapping, KcovMapping];
    const [first = 0, second = 0] = this.#fds;
    if (k < 3) this.#attempt(() => kcov.ioctl(k === 0 ? first : second, KCOV_ENABLE, KCOV_TRACE_PC));
    else if (k < 5) this.#attempt(() => kcov.ioctl(k === 3 ? first : second, KCOV_DISABLE, 0));
    else if (k === 5) small.words[0] = 0n;
    else if (k === 6) large.words[0] = BigInt(this.#calls % 7);
    else if (k === 7) small.words[0] = 2n ** 64n - 1n;
    else if (k === 8) large.words[0] = 2n ** 32n + 5n;
    else if (k === 9) kcov.hooks.__sanitizer_cov_trace_pc(0xabcn);
    else if (k === 10) this.#attempt(() => kcov.remoteStart(BUS));
    else if (k === 11) this.#attempt(() => kcov.remoteStop());
    else if (k === 12) this.#attempt(() => kcov.ioctl(second, KCOV_ENABLE, KCOV_TRACE_CMP));
    else if (k === 13) kcov.setInTask(this.#calls % 2 === 0);
    else if (k === 14) this.#deeper(() => this.#call(this.#other, this.#calls % 5, this.#calls, 3n));
    else this.#deeper(() => this.#call(this.#exports, this.#calls % 5, -this.#calls, 1n));
    this.#calls++;
  }

  #deeper(run: () => void): void {
    if (this.#depth === MAX_DEPTH) return;
    this.#depth++;
    run();
    this.#depth--;
  }

  #attempt(run: () => unknown): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof KcovError)) throw error;
      this.log.push(error.code);
    }
  }

  /** All that was recorded so far, and what of it lies beyond the count. */
  #snapshot(what: string): void {
    const areas = this.#areas.map(({ words, bytes }) => `${words[0]} ${createHash("md5").update(bytes).digest("hex")}`);
    this.log.push(`${what}: ${areas.join(" | ")}`);
  }
}

describe.runIf(hasMultiMemory())("the cursor", () => {
  it.each([
    { optimize: "speed", idle: "exact", runs: RUNS / 3 },
    { optimize: "size", idle: "exact", runs: RUNS / 10 },
    // What a host enables in the middle of a function records from the next one on, in both links alike.
    { optimize: "speed", idle: "fast", runs: RUNS / 6 },
    { optimize: "size", idle: "fast", runs: RUNS / 10 },
  ] as const)("records what the import link records ($optimize, $idle)", async ({ optimize, idle, runs }) => {
    let events = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const binary = wat(withoutTryTable(randomModule(seed, { host: true })));
        const [plain, fused] = [
          await World.create(binary, { link: "import", idle }),
          await World.create(binary, { link: "fused", optimize, idle }),
        ];
        for (const [a, b] of [
          [0, 0n],
          [1, -1n],
          [-77, 1n << 40n],
        ] as const) {
          for (let k = 0; k < 5; k++) {
            plain.run(k, a, b);
            fused.run(k, a, b);
            const at = fused.log.findIndex((line, index) => line !== plain.log[index]);
            expect(fused.log[at]).toBe(plain.log[at]);
          }
        }
        expect(fused.log.length).toBe(plain.log.length);
        events += fused.log.length;
      }),
      { numRuns: Math.ceil(runs) },
    );
    expect(events).toBeGreaterThan(runs);
  });
});

/** Engines have it behind a flag; what it does to a cursor a legacy handler does too. */
function withoutTryTable(text: string): string {
  return text.replaceAll(/\(try_table \(catch \$e [^)]*\) \(catch_all [^)]*\)/g, "(block");
}
