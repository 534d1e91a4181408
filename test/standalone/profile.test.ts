/** Profiles that standalone modules write themselves, or their hosts: with node:wasi, with wasm2c, and without WASI. */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { WASI } from "node:wasi";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { readProfiles } from "../../src/coverage/index.ts";
import { type InstrumentOptions, instrument, STANDALONE_EXPORTS } from "../../src/instrument/index.ts";
import { wat } from "../support/wat.ts";
import { areInstalled, compileCommand } from "./wasm2c.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const COMMAND = readFileSync(new URL("program.wat", import.meta.url), "utf8");
/** The same with an export that is called, and a memory that can grow. */
const REACTOR = COMMAND.replace('"_start"', '"run"').replace("1 1)", "1)");
/** Nothing of WASI. */
const PLAIN = COMMAND.replace(/\(import.*proc_exit.*/, "(func $exit (param i32))").replace(
  /\(import.*args_sizes_get.*/,
  "(func $args (param i32 i32) (result i32) (i32.const 0))",
);

const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-standalone-"));
afterAll(() => rmSync(directory, { recursive: true }));
const profiles = join(directory, "profiles");
beforeEach(() => {
  rmSync(profiles, { recursive: true, force: true });
  mkdirSync(join(profiles, "inner"), { recursive: true });
});

interface Files {
  readonly original: string;
  readonly instrumented: string;
  readonly binary: Uint8Array<ArrayBuffer>;
}

function files(text: string, options: InstrumentOptions = {}): Files {
  const [original, instrumented] = [join(directory, "odd.wasm"), join(directory, "odd.cov.wasm")];
  const bytes = wat(text, true);
  const { binary } = instrument(bytes, { link: "standalone", ...options });
  writeFileSync(original, bytes);
  writeFileSync(instrumented, binary);
  return { original, instrumented, binary };
}

/** The kinds of sites of the function that works, and their counts. */
async function countsIn(place: string, { original, instrumented }: Files): Promise<string[]> {
  const lines: string[] = [];
  const { modules } = await readProfiles([place, original, instrumented], (line) => lines.push(line));
  expect(lines).toEqual([]);
  const [module] = modules;
  if (module === undefined) throw new Error("there is no profile");
  expect(module.locations).toEqual([original]);
  expect(await module.original()).toEqual(new Uint8Array(readFileSync(original)));
  return module.pcTable.sites.flatMap(({ kind, function: index }, k) =>
    index === WORK ? [`${kind} ${module.counts[k]}`] : [],
  );
}

/** The function that works. */
const WORK = 2;

/** Of one run. */
const EXPECTED = ["entry 1", "loop 1001", "then 501", "else 500", "taken 1000", "not-taken 1"];

interface Host {
  readonly preopens: Record<string, string>;
  readonly args?: string[];
  readonly variable?: string;
}

function wasiFor({ preopens, args = [], variable }: Host): WASI {
  const env = { OTHER: "x".repeat(100), ...(variable !== undefined && { WASM_KCOV_PROFILE: variable }) };
  return new WASI({ version: "preview1", args, env, preopens, returnOnExit: true });
}

function instantiate(binary: Uint8Array<ArrayBuffer>, wasi: WASI): WebAssembly.Instance {
  return new WebAssembly.Instance(new WebAssembly.Module(binary), wasi.getImportObject() as WebAssembly.Imports);
}

function runCommand({ binary }: Files, host: Host): number {
  const wasi = wasiFor(host);
  return wasi.start(instantiate(binary, wasi));
}

const written = (): string[] =>
  readdirSync(profiles, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".counts"));

it("imports no more of WASI where glue code provides other functions, too", () => {
  const text = REACTOR.replace("(module", '(module (import "env" "now" (func (result i32)))');
  const importsOf = (module: Uint8Array<ArrayBuffer>) =>
    WebAssembly.Module.imports(new WebAssembly.Module(module)).map(({ module: from, name }) => `${from}.${name}`);
  const original = wat(text, true);
  expect(importsOf(files(text).binary)).toEqual(importsOf(original));
  expect(importsOf(files(REACTOR).binary).length).toBeGreaterThan(importsOf(wat(REACTOR, true)).length);
});

describe("commands of WASI, in node:wasi", () => {
  it.each([
    ["/p", "/p", ""],
    ["/p", "/p/", ""],
    ["/p/", "/p", ""],
    ["/p", "/p/inner", "inner/"],
    ["/", "/inner", "inner/"],
    [".", "inner", "inner/"],
    ["./q", "q/./", ""],
    [".", ".", ""],
  ])("with %s preopened write to %s", async (guest, variable, place) => {
    const module = files(COMMAND);
    expect(runCommand(module, { preopens: { [guest]: profiles }, variable })).toBe(0);
    expect(written()).toEqual([expect.stringMatching(new RegExp(`^${place}[0-9a-f]{16}\\.counts$`))]);
    expect(await countsIn(join(profiles, place), module)).toEqual(EXPECTED);
  });

  it("choose the directory that says the most", () => {
    const preopens = { "/": join(profiles, "inner"), "/p": profiles, "/pp": join(profiles, "inner") };
    expect(runCommand(files(COMMAND), { preopens, variable: "/p" })).toBe(0);
    expect(written()).toEqual([expect.stringMatching(/^[0-9a-f]{16}\.counts$/)]);
  });

  it("add up, and write before they exit, too", async () => {
    const module = files(COMMAND);
    const host = { preopens: { "/p": profiles }, variable: "/p" };
    expect([runCommand(module, host), runCommand(module, { ...host, args: ["a"] })]).toEqual([0, 3]);
    expect(written().length).toBe(2);
    expect(await countsIn(profiles, module)).toEqual(expect.arrayContaining(["loop 2002", "then 1002"]));
  });

  it("write nothing where nothing is asked for, or they are not to", () => {
    const preopens = { "/p": profiles };
    expect(runCommand(files(COMMAND), { preopens })).toBe(0);
    expect(runCommand(files(COMMAND), { preopens, variable: "" })).toBe(0);
    const plain = files(COMMAND, { wasiProfile: false });
    expect(WebAssembly.Module.imports(new WebAssembly.Module(plain.binary)).map(({ name }) => name)).toEqual([
      "proc_exit",
      "args_sizes_get",
    ]);
    expect(runCommand(plain, { preopens, variable: "/p" })).toBe(0);
    expect(written()).toEqual([]);
  });

  it("leave what they counted to the host after a trap", async () => {
    const module = files(COMMAND);
    const wasi = wasiFor({ preopens: { "/p": profiles }, variable: "/p", args: ["a", "b"] });
    const instance = instantiate(module.binary, wasi);
    expect(() => wasi.start(instance)).toThrow(WebAssembly.RuntimeError);
    expect(written()).toEqual([]);
    // Its memory cannot grow, and may still be looked at.
    expect((instance.exports[STANDALONE_EXPORTS.write] as () => number)()).toBe(48);
    expect(written()).toEqual([]);
  });

  it.each(["64bit", "8bit", "flag"] as const)("keep %s counters", async (counters) => {
    const module = files(COMMAND, { counters });
    runCommand(module, { preopens: { "/p": profiles }, variable: "/p" });
    const lines: string[] = [];
    const read = await readProfiles([profiles, module.original, module.instrumented], (line) => lines.push(line));
    expect(lines).toEqual([]);
    expect(read.modules[0]?.kind).toBe(counters === "64bit" ? "counts" : "hits");
    expect(read.notes.size).toBe(counters === "8bit" ? 1 : 0);
    expect(Math.max(...Array.from(read.modules[0]?.counts ?? [], Number))).toBe(counters === "64bit" ? 1001 : 1);
  });

  it("say what they cannot do", () => {
    const { instrumented } = files(COMMAND);
    const program = `
      import { readFileSync } from "node:fs";
      import { WASI } from "node:wasi";
      for (const variable of ["/q", "/p/missing", "relative"]) {
        const env = { WASM_KCOV_PROFILE: variable };
        const wasi = new WASI({ version: "preview1", env, preopens: { "/p": ${JSON.stringify(profiles)} } });
        const module = new WebAssembly.Module(readFileSync(${JSON.stringify(instrumented)}));
        wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()));
      }`;
    const { stderr } = spawnSync(process.execPath, ["--no-warnings", "--input-type=module", "-e", program], {
      encoding: "utf8",
    });
    expect(stderr.trim().split("\n")).toEqual([
      "wasm-kcov: the profile cannot be written to /q: no such directory is preopened",
      "wasm-kcov: the profile cannot be written to /p/missing: WASI error 44",
      "wasm-kcov: the profile cannot be written to relative: no such directory is preopened",
    ]);
  });
});

describe("reactors", () => {
  it("write when they are told to, and keep their memory", async () => {
    const module = files(REACTOR);
    const wasi = wasiFor({ preopens: { "/p": profiles }, variable: "/p" });
    const { exports } = instantiate(module.binary, wasi);
    wasi.initialize({ exports } as WebAssembly.Instance);
    const memory = new Uint8Array((exports.memory as WebAssembly.Memory).buffer).fill(7).slice();
    const write = exports[STANDALONE_EXPORTS.write] as () => number;
    (exports.run as () => void)();
    expect([write(), write()]).toEqual([0, 0]);
    const after = new Uint8Array((exports.memory as WebAssembly.Memory).buffer);
    // The program itself has written there.
    memory.set(after.subarray(0, 8));
    expect(after.slice(0, memory.length)).toEqual(memory);
    // One page, however often.
    expect(after.length - memory.length).toBe(65536);
    expect(await countsIn(join(profiles, written()[0] ?? ""), module)).toEqual(EXPECTED);
  });
});

describe("modules without WASI", () => {
  it("give the words of a profile", async () => {
    const module = files(PLAIN);
    expect(WebAssembly.Module.imports(new WebAssembly.Module(module.binary))).toEqual([]);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.binary));
    (exports._start as () => void)();
    const { value: length } = exports[STANDALONE_EXPORTS.profileLength] as WebAssembly.Global<"i32">;
    const word = exports[STANDALONE_EXPORTS.profile] as (k: number) => bigint;
    const path = join(profiles, "any name.counts");
    writeFileSync(
      path,
      BigInt64Array.from({ length }, (_, k) => word(k)),
    );
    expect(word(length)).toBe(0n);
    expect(await countsIn(path, module)).toEqual(EXPECTED);
  });
});

describe("wasm-kcov report", () => {
  const report = (...args: string[]) =>
    spawnSync(process.execPath, [MAIN, "report", ...args], { encoding: "utf8", cwd: directory });

  it("takes profiles and modules", () => {
    const { original, instrumented } = files(COMMAND);
    runCommand(
      { original, instrumented, binary: new Uint8Array(readFileSync(instrumented)) },
      {
        preopens: { "/p": profiles },
        variable: "/p",
      },
    );
    const { stdout, status } = report("-r", "text", profiles, original, instrumented);
    expect([status, stdout]).toEqual([0, expect.stringContaining("odd.wasm")]);
    expect(report("-r", "text", profiles).stderr).toMatch(
      /[0-9a-f]{16}\.counts left out: the module is not known; give the instrumented one and the original, too\n/,
    );
    expect(report("-r", "text", profiles, instrumented).stderr).toMatch(/the original of odd.cov.wasm is missing/);
  });

  it("says what is wrong with a profile", () => {
    const module = files(COMMAND);
    runCommand(module, { preopens: { "/p": profiles }, variable: "/p" });
    const [name = ""] = written();
    const good = readFileSync(join(profiles, name));
    const version = Buffer.from(good);
    version.writeUInt32LE(9, 8);
    const fewer = Buffer.from(good.subarray(0, -8));
    fewer.writeUInt32LE(fewer.readUInt32LE(12) - 1, 12);
    for (const [bytes, what] of [
      [good.subarray(0, -1), "it was cut short"],
      [good.subarray(0, 20), "it was cut short"],
      [Buffer.concat([good, good]), "it has more than its counters"],
      [version, "it is of version 9; this wasm-kcov reads version 1"],
      [fewer, "counters where the module has"],
    ] as const) {
      writeFileSync(join(profiles, name), bytes);
      const { stderr, status } = report(profiles, module.original, module.instrumented);
      expect([status, stderr]).toEqual([1, expect.stringContaining(what)]);
    }
  });
});

describe.runIf(areInstalled("wasm2c", "gcc"))("commands of WASI, by wasm2c", { timeout: 60_000 }, () => {
  it("write the same", async () => {
    const module = files(COMMAND);
    const program = compileCommand(module.binary, directory);
    const run = (variable: string, ...args: string[]) =>
      spawnSync(program, [`/p=${profiles}`, ...args], { encoding: "utf8", env: { WASM_KCOV_PROFILE: variable } });
    expect([run("/p").status, run("/p/inner", "a").status]).toEqual([0, 3]);
    expect(written().length).toBe(2);
    expect(await countsIn(profiles, module)).toEqual(EXPECTED);
    expect(await countsIn(join(profiles, "inner"), module)).toEqual(EXPECTED);
    expect(run("/q").stderr).toBe("wasm-kcov: the profile cannot be written to /q: no such directory is preopened\n");
  });
});
