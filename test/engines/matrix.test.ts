/**
 * The same workload in every engine: the same PCs, comparisons and counts. What each can do stands in a table of docs/pages.md,
 * which must be true.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CounterStore, Kcov } from "../../src/index.ts";
import { type InstrumentOptions, instrument } from "../../src/instrument/index.ts";
import { areInstalled, compileWithMain } from "../standalone/wasm2c.ts";
import { browsers, openPage } from "../support/browsers.ts";
import { wat } from "../support/wat.ts";
import { hash, type Measured, measure, ROUNDS } from "./measure.ts";
import { installed } from "./programs.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-engines-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const workload = wat(readFileSync(here("workload.wat"), "utf8"));
const instrumented = (options: InstrumentOptions) => instrument(workload, options).binary;
const base64 = (options: InstrumentOptions): string => Buffer.from(instrumented(options)).toString("base64");
const inLink = (link: "fused" | "import") => ({
  pcs: base64({ link }),
  comparisons: base64({ link, trace: ["cmp", "switch"] }),
  counts: base64({ link, trace: ["counters"], counters: "64bit" }),
});
const standalone = instrumented({ link: "standalone" });
const binaries = {
  fused: inLink("fused"),
  imported: inLink("import"),
  standalone: Buffer.from(standalone).toString("base64"),
};
const { link: _, ...expected } = measure({ CounterStore, Kcov }, binaries);

/** Lines of the table, by engine: its cells. */
const table = new Map(
  Array.from(
    readFileSync(here("../../docs/pages.md"), "utf8").matchAll(/^\| ([\w. ,]+?) \|(.*)\|$/gm),
    ([, name = "", rest = ""]) => [name, rest.split("|").map((cell) => cell.trim())],
  ),
);

/** The first cells of an engine's line: how hooks are reached, then what it records. */
function expectRow(name: string, { link, ...measured }: Measured): void {
  expect(measured).toEqual(expected);
  expect(table.get(name)?.slice(0, 5)).toEqual([link === "fused" ? "inside" : "imported", "yes", "yes", "yes", "yes"]);
}

const BUNDLE = { bundle: true, format: "esm", target: "es2022", logLevel: "warning" } as const;

it("records something", () => {
  expect(expected.pcs).toMatch(/^[1-9]\d{3} \d+ \w+$/);
  expect(expected.comparisons).toMatch(/^[1-9]\d{3} \d+ \w+$/);
});

describe("programs", () => {
  const script = join(directory, "measure.mjs");
  beforeAll(async () => {
    writeFileSync(join(directory, "binaries.json"), JSON.stringify(binaries));
    await build({ ...BUNDLE, entryPoints: [here("measure_host.ts")], outfile: script, platform: "node" });
  });
  const own = `Node.js ${process.versions.node.split(".")[0]}`;
  const others = installed("Node.js 20", "Node.js 22", "Node.js 26", "Deno", "Bun");
  const programs = [{ name: own, command: [process.execPath] }, ...others.filter(({ name }) => name !== own)];

  it.each(programs)("$name", ({ name, command: [file = "", ...args] }) => {
    const library = pathToFileURL(here("../../dist/index.js")).href;
    const all = [...args, script, library, join(directory, "binaries.json")];
    expectRow(name, JSON.parse(execFileSync(file, all, { encoding: "utf8", timeout: 60_000 })) as Measured);
  });
});

describe("browsers", () => {
  let script = "";
  beforeAll(async () => {
    const { outputFiles } = await build({
      ...{ ...BUNDLE, entryPoints: [here("measure_page.ts")], write: false },
    });
    script = outputFiles[0]?.text ?? "";
  });

  it.each(browsers())("%s", { timeout: 120_000 }, async (name) => {
    let answer: (text: string) => void = () => {};
    const answered = new Promise<string>((resolve) => {
      answer = resolve;
    });
    const page = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/script.js"></script>';
    const server = createServer(async (request, response) => {
      if (request.url === "/result") answer(Buffer.concat(await request.toArray()).toString());
      if (request.url === "/binaries.json") response.end(JSON.stringify(binaries));
      else if (request.url === "/script.js") response.setHeader("content-type", "text/javascript").end(script);
      else response.setHeader("content-type", "text/html").end(page);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const close = openPage(name, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const timer = setTimeout(() => answer('{"error":"the page did not answer"}'), 90_000);
    try {
      const { agent, ...measured } = JSON.parse(await answered) as Measured & { agent: string };
      expect(agent).toMatch(
        { Chromium: /Chrome/, Firefox: /Firefox/, WebKitGTK: /AppleWebKit(?!.*Chrome)/ }[name] ?? /$^/,
      );
      expectRow(name, measured);
    } finally {
      clearTimeout(timer);
      await close();
      server.closeAllConnections();
      server.close();
    }
  });
});

describe("engines without JavaScript", () => {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(standalone));
  const value = (exports.run as (rounds: number) => number)(ROUNDS);
  const length = (exports["kcov.length"] as WebAssembly.Global<"i32">).value;
  const counter = exports["kcov.counter"] as (k: number) => bigint;
  const counts = Array.from({ length }, (_, k) => counter(k));
  const expectCounts = (name: string): void =>
    expect(table.get(name)?.slice(0, 5)).toEqual(["standalone", "", "", "", "yes"]);

  it.runIf(areInstalled("wast2json", "spectest-interp"))("wabt's interpreter", { timeout: 60_000 }, () => {
    const bytes = Array.from(standalone, (byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
    const lines = [
      `(module binary "${bytes}")`,
      `(assert_return (invoke "run" (i32.const ${ROUNDS})) (i32.const ${value}))`,
      ...counts.map((count, k) => `(assert_return (invoke "kcov.counter" (i32.const ${k})) (i64.const ${count}))`),
    ];
    writeFileSync(join(directory, "workload.wast"), lines.join("\n"));
    execFileSync("wast2json", ["workload.wast", "-o", "workload.json"], { cwd: directory });
    const output = execFileSync("spectest-interp", ["workload.json"], { cwd: directory, encoding: "utf8" });
    expect(output).toMatch(new RegExp(`^${lines.length}/${lines.length} tests passed`, "m"));
    expect(hash(counts)).toBe(expected.standalone);
    expectCounts("wabt, interpreter");
  });

  it.runIf(areInstalled("wasm2c", "gcc"))("wasm2c", { timeout: 60_000 }, () => {
    const program = compileWithMain(standalone, directory, here("workload_main.c"), ["run", "length", "counter"]);
    const lines = execFileSync(program, [`${ROUNDS}`], { encoding: "utf8" })
      .trim()
      .split("\n");
    expect(lines).toEqual([`${value}`, ...counts.map(String)]);
    expectCounts("wabt, wasm2c");
  });
});
