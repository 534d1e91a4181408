/** A project of a user: a folder with modules and programs, and the command line run in it. */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CoverageMapData } from "istanbul-lib-coverage";
import { wat } from "./wat.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Exports `work(n)`, which goes round a loop n times, and `unused`. */
export const WORK = `(module
  (func $work (export "work") (param $n i32) (result i32)
    (local $sum i32)
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $sum (i32.add (local.get $sum) (local.get $n)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $again)))
    (local.get $sum))
  (func $unused (export "unused") (result i32) (i32.const 1)))`;

/** The first lines of a program that uses it: `load()` gives the exports of a new instance. */
export const LOAD = `import { readFileSync } from "node:fs";
const load = () => new WebAssembly.Instance(new WebAssembly.Module(readFileSync(new URL("./work.wasm", import.meta.url)))).exports;
`;

/** What a command did. */
export interface Ran {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Project {
  /** With a blank in it: paths are quoted, or they are not. */
  readonly directory: string = mkdtempSync(join(tmpdir(), "wasm-kcov project-"));

  constructor() {
    this.write("work.wasm", wat(WORK, true));
    this.write("package.json", JSON.stringify({ name: "project", private: true, type: "module" }));
  }

  write(path: string, contents: string | Uint8Array): string {
    const file = this.path(path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
    return file;
  }

  path(path: string): string {
    return join(this.directory, path);
  }

  /** Runs `wasm-kcov ARGS…`. @param node which Node.js runs all of it */
  run(args: readonly string[], env: NodeJS.ProcessEnv = {}, node: string = process.execPath): Ran {
    const { status, signal, stdout, stderr } = spawnSync(node, [MAIN, ...args], {
      cwd: this.directory,
      // The command `node` is the one that runs all of this.
      env: { ...environment(), PATH: `${dirname(node)}:${process.env.PATH}`, ...env },
      encoding: "utf8",
      maxBuffer: 1 << 28,
      timeout: 150_000,
    });
    return { exit: status, signal, stdout, stderr };
  }

  /** Runs `wasm-kcov coverage -r json ARGS…`: what it did, and how often each function of the modules ran. */
  cover(args: readonly string[], env: NodeJS.ProcessEnv = {}, node?: string): Ran & { calls: Record<string, number> } {
    rmSync(this.path("coverage/coverage-final.json"), { force: true });
    const ran = this.run(["coverage", "-r", "json", ...args], env, node);
    return { ...ran, calls: this.calls() };
  }

  /** Executions of each function, by name, as the last JSON report has them. */
  calls(file: string = "coverage/coverage-final.json"): Record<string, number> {
    let text: string;
    try {
      text = readFileSync(this.path(file), "utf8");
    } catch {
      return {};
    }
    const calls: Record<string, number> = {};
    for (const { fnMap, f } of Object.values(JSON.parse(text) as CoverageMapData)) {
      for (const [key, { name }] of Object.entries(fnMap)) calls[name] = (calls[name] ?? 0) + (f[key] as number);
    }
    return calls;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** This process's environment without what vitest puts there for its own. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, VITEST: __, VITEST_WORKER_ID: ___, VITEST_POOL_ID: ____, ...rest } = process.env;
  return rest;
}
