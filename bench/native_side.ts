/** A native executable as one side of a comparison: see programs/native/driver.c. */

import { type ChildProcess, spawn } from "node:child_process";
import { statSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import type { Batch, Side, SideFacts } from "../src/cli/bench/side.ts";

/** Words of the area: as much as the modules have. */
const AREA_WORDS = 1 << 26;

export class NativeSide implements Side {
  readonly name: string;
  readonly facts: SideFacts;
  readonly #driver: Driver;

  /** @param path of the executable */
  static async start(name: string, path: string, input: string, mode: "off" | "pc" | "cmp"): Promise<NativeSide> {
    const driver = new Driver(path, [input, mode, String(AREA_WORDS)]);
    const first = await driver.run(1);
    const { size } = statSync(path);
    return new NativeSide(name, driver, {
      result: first.result,
      events: first.events === 0 ? first.hit : first.events,
      dropped: first.events >= AREA_WORDS - 1,
      bytes: size,
      instrumentMs: 0,
      compileMs: 0,
      firstNs: first.ns,
      unmatched: [],
      repeatable: true,
    });
  }

  private constructor(name: string, driver: Driver, facts: SideFacts) {
    this.name = name;
    this.facts = facts;
    this.#driver = driver;
  }

  run(iterations: number): Promise<Batch> {
    return this.#driver.run(iterations);
  }

  close(): void {
    this.#driver.close();
  }
}

/** A line for a line. */
class Driver {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #path: string;

  constructor(path: string, args: readonly string[]) {
    this.#path = path;
    const child = spawn(path, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout });
  }

  run(iterations: number): Promise<Batch & { hit: number }> {
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new Error(`${this.#path} ended`));
      this.#child.once("close", fail);
      this.#lines.once("line", (line) => {
        this.#child.off("close", fail);
        const [ns = 0, events = 0, result = 0, hit = 0] = line.split(" ").map(Number);
        // As a module returns it.
        resolve({ ns, events, result: String(result | 0), hit });
      });
      this.#child.stdin?.write(`${iterations}\n`);
    });
  }

  close(): void {
    this.#child.stdin?.end();
  }
}
