/** The real libFuzzer on targets, where clang has it. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildLibrary, LibFuzzerError } from "../../../../src/fuzz/libfuzzer/build.ts";
import { type Ended, LETTERS, MAGIC, runCommand, writeTarget } from "../../../support/fuzz_programs.ts";
import { temporaryFile } from "../../../support/fuzz_target.ts";

const CRASH = Buffer.from("\x0d\xf0\xad\x1bB and more", "latin1");
const EXIT_TIMEOUT = 70;
const EXIT_CRASH = 77;

const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-libfuzzer-"));
const at = (...path: string[]): string => join(directory, ...path);
const isBuilt = build();

/** Into a cache of the tests' own: what is tested is built from the sources as they are. */
function build(): boolean {
  process.env.XDG_CACHE_HOME = directory;
  try {
    buildLibrary(undefined);
    return true;
  } catch (error) {
    if (!(error instanceof LibFuzzerError)) throw error;
    process.stderr.write(`the adapter is not tried with libFuzzer itself: ${error.message}\n`);
    return false;
  }
}

let magic = "";

beforeAll(() => {
  magic = writeTarget(MAGIC);
  writeFileSync(at("crash"), CRASH);
});

afterAll(() => rmSync(directory, { recursive: true }));

function fuzz(...args: string[]): Promise<Ended> {
  return runCommand(["libfuzzer", ...args], { cwd: directory });
}

/** A directory of its own. */
function makeDirectory(name: string): string {
  return mkdtempSync(at(`${name}-`));
}

describe.skipIf(!isBuilt)("libFuzzer", () => {
  test("finds a magic number by the comparisons, and saves the crash", async () => {
    const { status, output } = await fuzz(magic, "-seed=1", "-runs=200000", "-exact_artifact_path=found");
    expect(status, output).toBe(EXIT_CRASH);
    // Of what is under test: malloc, a function of a known runtime, has none.
    expect(output).toContain("INFO: Loaded 1 modules   (5 inline 8-bit counters)");
    expect(output).toMatch(/wasm-kcov: unreachable\n {4}#0 in LLVMFuzzerTestOneInput/);
    expect(output).toContain("ERROR: libFuzzer: deadly signal");
    expect(readFileSync(at("found")).subarray(0, 5)).toEqual(CRASH.subarray(0, 5));
  });

  test("takes options of the target before it", async () => {
    const { status, output } = await fuzz("--entry", "no_such_export", magic, "-runs=1");
    expect(status).toBe(1);
    expect(output).toContain("no_such_export");
  });

  test("reproduces a crash, and runs what does not crash", async () => {
    expect((await fuzz(magic, at("crash"))).status).toBe(EXIT_CRASH);
    writeFileSync(at("fine"), "hello world");
    expect((await fuzz(magic, at("fine"))).status).toBe(0);
  });

  test("makes a crash smaller", async () => {
    // Each byte less is another process.
    writeFileSync(at("large"), CRASH.subarray(0, 6));
    await fuzz(magic, "-minimize_crash=1", "-runs=500", "-exact_artifact_path=small", at("large"));
    expect(readFileSync(at("small"))).toEqual(CRASH.subarray(0, 5));
    expect((await fuzz(magic, at("small"))).status).toBe(EXIT_CRASH);
  });

  test("merges corpora: what reaches nothing new is left out", async () => {
    const [from, to] = [makeDirectory("from"), makeDirectory("to")];
    for (const [name, text] of Object.entries({ a: "aaaa", b: "bbbb", c: "hello world", d: "HELLO WORLD" })) {
      writeFileSync(join(from, name), text);
    }
    const { status, output } = await fuzz(magic, "-merge=1", to, from);
    expect(status, output).toBe(0);
    expect(output).toContain("MERGE-OUTER: 2 new files");
    expect(readdirSync(to)).toHaveLength(2);
  });

  test("fuzzes in processes of their own", async () => {
    const corpus = makeDirectory("fork");
    const { status, output } = await fuzz(magic, "-fork=1", "-max_total_time=60", corpus);
    expect(status, output).toBe(EXIT_CRASH);
    expect(output).toContain("unreachable");
  });

  test("stops a hang, and saves it", async () => {
    writeFileSync(at("hang"), "H");
    const { status, output } = await fuzz(writeTarget(LETTERS), "-timeout=1", at("hang"));
    expect(status).toBe(EXIT_TIMEOUT);
    expect(output).toContain("ERROR: libFuzzer: timeout");
  });

  test("does not keep what the target rejects, although it reaches something new", async () => {
    const fussy = (result: number) =>
      writeTarget(`(if (i32.eq (i32.load8_u (local.get $p)) (i32.const 0x59)) (then (return (i32.const ${result}))))`);
    const findings = async (target: string) => {
      const corpus = makeDirectory("fussy");
      await fuzz(target, "-seed=1", "-runs=20000", "-max_len=4", corpus);
      return readdirSync(corpus).map((name) => readFileSync(join(corpus, name), "latin1")[0]);
    };
    expect(await findings(fussy(0))).toContain("Y");
    expect(await findings(fussy(-1))).not.toContain("Y");
  });

  test("does not run an asynchronous target, and says so", async () => {
    const target = temporaryFile("target.mjs", "export async function fuzz() {}");
    const { status, output } = await fuzz(target, "-runs=10");
    expect(status).toBe(1);
    expect(output).toMatch(/^wasm-kcov: .* is asynchronous, which libFuzzer is not: use wasm-kcov fuzz, or afl$/m);
  });

  test("counts alike when every input has an instance of its own", async () => {
    const edges = async (...options: string[]) => {
      const { output } = await fuzz(...options, magic, "-runs=0", makeDirectory("edges"));
      return /INITED cov: (\d+)/.exec(output)?.[1];
    };
    expect(await edges("--reset", "instance")).toBe(await edges());
  });
});

test("what is missing is said in one line", async () => {
  const empty = { cwd: directory, env: { ...process.env, XDG_CACHE_HOME: makeDirectory("empty") } };
  expect(await runCommand(["libfuzzer", magic], empty)).toEqual({
    status: 1,
    signal: null,
    output: "wasm-kcov: libFuzzer is not built yet: wasm-kcov libfuzzer --build does it, once\n",
  });
  expect((await runCommand(["libfuzzer", "--build", "--clang", "no-such-clang"], empty)).output).toMatch(
    /^wasm-kcov: no-such-clang has no libFuzzer: .*apt-get install.*\n$/,
  );
  expect((await runCommand(["libfuzzer"], empty)).status).toBe(2);
});
