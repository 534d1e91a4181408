/** Deno and Bun: the command line runs on them, and programs of theirs are traced and covered. */

import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readProfiles } from "../../src/coverage/index.ts";
import { wat } from "../support/wat.ts";
import { installed } from "./programs.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const SUM = `(module (func (export "add") (param i32 i32) (result i32)
  (if (result i32) (i32.lt_s (local.get 0) (local.get 1))
    (then (i32.add (local.get 0) (local.get 1))) (else (i32.const 0)))))`;
/** Finds an input of one byte: `end` is what it does then. */
const target = (end: string): string => `(module (memory (export "memory") 1)
  (func (export "LLVMFuzzerTestOneInput") (param i32 i32) (result i32)
    (if (local.get 1) (then (if (i32.eq (i32.load8_u (local.get 0)) (i32.const 65)) (then ${end}))))
    (i32.const 0))
  (func (export "malloc") (param i32) (result i32) (i32.const 1024))
  (func (export "free") (param i32)))`;

const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-hosts-"));
beforeAll(() => {
  cpSync(fileURLToPath(new URL("host_programs", import.meta.url)), directory, { recursive: true });
  writeFileSync(join(directory, "sum.wasm"), wat(SUM, true));
  writeFileSync(join(directory, "crash.wasm"), wat(target("(unreachable)")));
  writeFileSync(join(directory, "hang.wasm"), wat(target("(loop $again (br $again))")));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface End {
  readonly stdout: string;
  readonly stderr: string;
  /** Or the signal that ended it. */
  readonly code: number | string | null;
}

async function run([file = "", ...args]: readonly string[], cwd: string = directory): Promise<End> {
  const child = spawn(file, args, { cwd, stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
  const ended = new Promise<number | string | null>((resolve) => {
    child.once("close", (status, signal) => resolve(status ?? signal));
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { stdout, stderr, code };
}

const NODE = [process.execPath, MAIN];

describe.each(installed("Deno", "Bun"))("$name", ({ name, command }) => {
  const own = [...command, MAIN];

  describe.each([
    ["the command line on it", own, []],
    ["a command of it", NODE, command],
  ] as const)("%s", (_, cli, program) => {
    it("traces", async () => {
      const { stdout, stderr, code } = await run([...cli, "trace", ...program, "ends.mjs", "none"]);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/^ +4 +2 +3\/3 +100 % +add$/m);
    });

    it("records PCs and comparisons", async () => {
      const pcs = await run([...cli, "trace", "--pcs", ...program, "ends.mjs", "once"]);
      expect(pcs).toEqual({
        code: 0,
        stderr: "",
        stdout: expect.stringMatching(/^\S+ +entry +add\n\S+ +then +add\n$/),
      });
      const values = await run([...cli, "trace", "--mode", "cmp", ...program, "ends.mjs", "once"]);
      expect(values).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("0x00000001 0x00000002") });
    });

    it("covers, with workers of both kinds and child processes", async () => {
      const folder = join(directory, `coverage of ${name}`);
      const args = ["coverage", "-r", "none", "--temp-directory", folder, "--"];
      const { stderr, code } = await run([...cli, ...args, ...command, "child.mjs"]);
      expect([code, stderr]).toEqual([0, expect.not.stringContaining("killed")]);
      const { modules, files } = await readProfiles([folder]);
      expect(files).toBe(3);
      expect(modules.map((module) => [...module.counts])).toEqual([[4n, 1n, 3n]]);
    });
  });

  it.each([
    ["exit", 3, 2],
    ["throw", 1, name === "Bun" ? 2 : 1],
    ["late", 1, name === "Bun" ? 2 : 1],
    ["kill", "SIGTERM", 1],
    ["handled", 7, 3],
  ])("is counted to its end: %s", async (how, expected, calls) => {
    const { stdout, code } = await run([...NODE, "trace", ...command, "ends.mjs", how]);
    // A handler of "exit" runs the function once more, where the engine calls any.
    expect([code, / (\d+) +\S+ +\d+ % +add$/m.exec(stdout)?.[1]]).toEqual([expected, `${calls}`]);
  });

  it("says that it does not trace workers", async () => {
    const { stderr, stdout } = await run([...NODE, "trace", ...command, "workers.mjs"]);
    expect(stderr).toBe(`wasm-kcov: workers of ${name} are not traced; wasm-kcov coverage covers them\n`);
    expect(stdout).toMatch(/^ +2 +1 +2\/3 +66 % +add$/m);
  });

  it("runs synchronous functions in a task, and refuses others", async () => {
    const library = new URL("../../dist/index.js", import.meta.url).href;
    const { stdout } = await run([...command, "tasks.mjs", library]);
    expect(stdout).toBe("true false ENOTSUPP\n");
  });

  it.each([
    ["crash", 77],
    ["hang", 70],
  ])("fuzzes: %s", async (module, expected) => {
    const folder = join(directory, `${name} ${module}`);
    mkdirSync(folder);
    const { code } = await run([...own, "fuzz", `../${module}.wasm`, "-timeout=2", "-max_total_time=30"], folder);
    expect(code).toBe(expected);
    expect(readdirSync(folder).filter((file) => /^(crash|timeout)-/.test(file)).length).toBe(1);
  });
});
