/** `trace` of programs that do what programs do: each runs as it would without, and what it executed is reported. */

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, test as sequentially } from "vitest";
import { wat } from "../support/wat.ts";

const test = sequentially.concurrent;
const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
const MAIN = join(PROJECT, "dist/cli/main.js");
const LOAD = `import { readFileSync } from "node:fs";
const bytes = readFileSync(new URL("add.wasm", import.meta.url));
const add = (...args) => new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.add(...args);
`;
const MAJOR = Number(process.versions.node.split(".")[0]);
let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-trace-"));
  const add = wat('(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))');
  put("add.wasm", add);
  put("noext", add);
  put("parser.js", add);
  put("package.json", '{ "type": "module" }');
  mkdirSync(join(directory, "node_modules/.bin"), { recursive: true });
  symlinkSync(PROJECT, join(directory, "node_modules/wasm-kcov"));
});

afterAll(() => rmSync(directory, { recursive: true }));

function put(name: string, contents: string | Uint8Array): string {
  mkdirSync(join(directory, name, ".."), { recursive: true });
  writeFileSync(join(directory, name), contents);
  return name;
}

interface Run {
  stdout: string;
  stderr: string;
  /** Exit code, or signal. */
  end: number | string | null;
  report: Report | undefined;
}

interface Report {
  modules: {
    name: string;
    sha256: string;
    path?: string;
    script?: string;
    functions: { name: string; calls: number }[];
  }[];
  tasks: { task: number; records: number; pcs?: string[] }[];
}

let reports = 0;

/** `trace --json -o FILE …` */
async function trace(...args: string[]): Promise<Run> {
  const file = join(directory, `report ${++reports}.json`);
  const run = await start(["--json", "-o", file, ...args]);
  return { ...run, report: existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Report) : undefined };
}

async function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN, "trace", ...args], {
    cwd: directory,
    env: { ...process.env, NODE_OPTIONS: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = new Promise((resolve) => child.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { stdout, stderr, end: child.signalCode ?? child.exitCode, report: undefined };
}

const callsOf = ({ report }: Run): number | undefined => report?.modules[0]?.functions[0]?.calls;

describe("a program is the main module", () => {
  test("CommonJS", async ({ expect }) => {
    const code = 'process.stdout.write([require.main === module, process.argv.slice(1), process.execArgv].join(" "))';
    const { stdout } = await start([put("main.cjs", code), "--json", "b"]);
    expect(stdout).toBe(`true ${join(directory, "main.cjs")},--json,b --disable-warning=ExperimentalWarning`);
  });

  test("ES module", async ({ expect }) => {
    const code =
      "const { WASM_KCOV_TRACE, NODE_OPTIONS } = process.env;" +
      'process.stdout.write([import.meta.main, WASM_KCOV_TRACE, NODE_OPTIONS].map(String).join(" "));';
    const { stdout } = await start([put("main.mjs", code)]);
    expect(stdout).toBe(MAJOR < 22 ? "undefined undefined " : "true undefined ");
  });
});

describe("events until the very end", () => {
  test.for<[string, string, number | string, number]>([
    ["a handler of exit runs more", 'process.on("exit", () => add(1, 2));', 0, 1],
    ["process.exit in a handler of exit", 'process.on("exit", () => { add(1, 2); process.exit(5); });', 5, 1],
    ["a handler that comes late", 'process.on("exit", () => process.on("exit", () => {})); add(1, 2);', 0, 1],
    ["process.exit", "add(1, 2); process.exit(3);", 3, 1],
    ["process.reallyExit", "add(1, 2); process.reallyExit(4);", 4, 1],
    ["an error", 'add(1, 2); throw new Error("of the program");', 1, 1],
    ["a rejection", 'add(1, 2); Promise.reject(new Error("of the program"));', 1, 1],
    ["an error in a handler of exit", 'add(1, 2); process.on("exit", () => { throw new Error("late"); });', 1, 1],
    [
      "SIGTERM",
      'add(1, 2); setTimeout(() => process.kill(process.pid, "SIGTERM"), 9); setTimeout(() => {}, 1e5);',
      "SIGTERM",
      1,
    ],
    [
      "SIGINT",
      'add(1, 2); setTimeout(() => process.kill(process.pid, "SIGINT"), 9); setTimeout(() => {}, 1e5);',
      "SIGINT",
      1,
    ],
    [
      "SIGTERM that the program handles",
      'process.on("SIGTERM", () => { add(1, 2); process.exit(9); }); setTimeout(() => process.kill(process.pid, "SIGTERM"), 9); setTimeout(() => {}, 1e5);',
      9,
      1,
    ],
    [
      "SIGTERM after its handler is gone",
      'const f = () => {}; process.on("SIGTERM", f); process.off("SIGTERM", f); add(1, 2); setTimeout(() => process.kill(process.pid, "SIGTERM"), 9); setTimeout(() => {}, 1e5);',
      "SIGTERM",
      1,
    ],
    [
      "no handlers that the program would see",
      'add(1, 2); process.exitCode = process.listenerCount("SIGTERM") + process.listenerCount("SIGINT");',
      0,
      1,
    ],
    [
      "a worker that is terminated",
      `import { Worker } from "node:worker_threads";
       const code = \`const bytes = require("node:fs").readFileSync(\${JSON.stringify(new URL("add.wasm", import.meta.url).pathname)});
         new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.add(1, 2);
         require("node:worker_threads").parentPort.postMessage(0); setInterval(() => {}, 1000);\`;
       const worker = new Worker(code, { eval: true });
       worker.once("message", () => worker.terminate());`,
      0,
      1,
    ],
  ])("%s", async ([name, code, end, calls], { expect }) => {
    const run = await trace(
      put(
        `ends/${name}/main.mjs`,
        LOAD.replace('"add.wasm"', '"../../add.wasm"') + code.replaceAll('"add.wasm"', '"../../add.wasm"'),
      ),
    );
    expect({ end: run.end, calls: callsOf(run) }, run.stderr).toEqual({ end, calls });
  });

  test("a process that is killed: that is said", async ({ expect }) => {
    const { stderr, end, report } = await trace(
      put("killed.mjs", `${LOAD} add(1, 2); process.kill(process.pid, "SIGKILL");`),
    );
    expect({ stderr, end }).toEqual({
      stderr: "wasm-kcov: killed.mjs was ended by SIGKILL: what it executed is lost, there is no report\n",
      end: "SIGKILL",
    });
    expect(report).toBeUndefined();
  });
});

describe("counts are complete", () => {
  const LOOP = `import { readFileSync } from "node:fs";
    import { Worker } from "node:worker_threads";
    const path = new URL("count_loop.wasm", import.meta.url).pathname;
    const module = new WebAssembly.Module(readFileSync(path));
    const run = (times) => new WebAssembly.Instance(module).exports.run(times);
  `;

  beforeAll(() => {
    const loop = `(module (memory 1) (func (export "run") (param i32) (local i32)
      (loop (br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (local.get 0))))))`;
    put("count_loop.wasm", wat(loop));
  });

  test.for(["fused", "import"])("a hundred million events of 10,300 instances, link %s", async (link, { expect }) => {
    if (link === "fused" && MAJOR < 22) return;
    const code = `${LOOP} const kept = Array.from({ length: 300 }, () => new WebAssembly.Instance(module));
      for (const { exports } of kept) exports.run(3);
      for (let k = 0; k < 1e4; k++) { run(3); if (k % 1000 === 0) await new Promise((then) => setTimeout(then)); }
      kept[299].exports.run(1e8);`;
    const { report, stderr } = await trace("--link", link, put(`many_${link}.mjs`, code));
    expect(report?.modules[0]?.functions, stderr).toEqual([
      { index: 0, name: "run", calls: 10_301, hit: 4, sites: 4, events: 10_300 * 4 + 100_000_001 },
    ]);
    expect(report).toMatchObject({ records: 100_041_201, dropped: false, unknown: 0 });
  });

  test("of workers and their workers, also of those that are terminated while they run", async ({ expect }) => {
    const worker = `const { parentPort, Worker, workerData } = require("node:worker_threads");
      const { path, worker, depth } = workerData;
      const bytes = require("node:fs").readFileSync(path);
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
      exports.run(depth * 1000);
      if (depth === 1) parentPort.postMessage(0);
      else new Worker(worker, { eval: true, workerData: { path, worker, depth: 1 } }).once("message", () => parentPort.postMessage(0));
      if (depth === 1) for (;;);`;
    const code = `${LOOP} const worker = ${JSON.stringify(worker)};
      const first = new Worker(worker, { eval: true, workerData: { path, worker, depth: 2 } });
      first.once("message", () => first.terminate().then(() => run(5)));`;
    const { report, stderr } = await trace(put("ended_workers.mjs", code));
    expect(report?.tasks, stderr).toEqual([
      { task: 1, records: 6, dropped: false },
      { task: 2, records: 2001, dropped: false },
      { task: 3, records: 1001, dropped: false },
    ]);
    expect(report?.modules[0]?.functions).toMatchObject([{ calls: 3, events: 3008 }]);
  });

  test("they are what would be recorded", async ({ expect }) => {
    const code = `import { createRequire } from "node:module";
      import run from ${JSON.stringify(join(PROJECT, "test/real/workloads/brotli.mjs"))};
      await run(createRequire(${JSON.stringify(join(PROJECT, "package.json"))}));`;
    const program = put("brotli_program.mjs", code);
    const [counted, recorded] = await Promise.all([trace(program), trace("--pcs", program)]);
    for (const task of recorded.report?.tasks ?? []) delete task.pcs;
    expect(recorded.report?.tasks[0]?.records).toBeGreaterThan(100_000);
    expect(counted.report).toEqual(recorded.report);
  });
});

describe("programs that change their world", () => {
  test.for<[string, string]>([
    ["Error.prepareStackTrace", "Error.prepareStackTrace = (error, sites) => sites;"],
    ["a frozen Error", "Error.stackTraceLimit = 0; Object.freeze(Error);"],
    [
      "frozen prototypes",
      "for (const each of [Object, Array, Function, Promise]) { Object.freeze(each); Object.freeze(each.prototype); }",
    ],
    ["properties on every object", "Object.prototype.get = 1; Object.prototype.extra = 2; Array.prototype.more = 3;"],
    [
      "fs without functions",
      'import fs from "node:fs"; import module from "node:module"; for (const name of ["writeSync", "openSync", "existsSync", "renameSync"]) fs[name] = () => { throw new Error("gone"); }; module.syncBuiltinESMExports();',
    ],
    [
      "a WebAssembly of its own",
      "globalThis.WebAssembly = { ...Object.getOwnPropertyDescriptors(WebAssembly), Module: WebAssembly.Module, Instance: WebAssembly.Instance };",
    ],
  ])("%s", async ([name, code], { expect }) => {
    const run = await trace(
      put(`${name.replaceAll(" ", "_")}.mjs`, `${LOAD}${code}\nprocess.stderr.write(\`\${add(1, 2)}\\n\`);`),
    );
    expect({ end: run.end, calls: callsOf(run), stderr: run.stderr }).toEqual({ end: 0, calls: 1, stderr: "3\n" });
  });
});

test("what the engine refuses is refused once, in its words", async ({ expect }) => {
  const code = `let message = ""; try { new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 4, 1, 0x7f, 1, 1)); }
    catch (error) { message = error.message; } process.stdout.write(message);`;
  const { stdout, stderr, end } = await start([put("refused.mjs", code)]);
  expect(stdout).toMatch(/^WebAssembly\.Module\(\): .*memory limits/);
  expect([stderr, end]).toEqual(["wasm-kcov: refused.mjs loaded no WebAssembly module that could be traced\n", 0]);
});

test("300 compilations of one module: it is instrumented once, and named by its file", async ({ expect }) => {
  const code = `${LOAD} for (let k = 0; k < 300; k++) add(k, 1); await WebAssembly.compile(bytes);`;
  const run = await trace(put("again.mjs", code));
  expect(run.report?.modules).toHaveLength(1);
  expect(callsOf(run)).toBe(300);
  const { sha256, ...rest } = run.report?.modules[0] ?? {};
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(rest).toMatchObject({
    name: "add.wasm",
    path: join(directory, "add.wasm"),
    script: join(directory, "again.mjs"),
  });
});

test("a module that is in no file is named by its script", async ({ expect }) => {
  const code = `const bytes = Uint8Array.from(atob("AGFzbQEAAAABBAFgAAADAgEABwUBAWYAAAoEAQIACw=="), (c) => c.charCodeAt(0));
    new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f();`;
  const { report } = await trace(put("inline.mjs", code));
  expect(report?.modules[0]?.name).toBe("inline.mjs");
});

test("a second device, and a program that uses this library itself", async ({ expect }) => {
  const code = `import { installLoader, Kcov } from "wasm-kcov";
    ${LOAD.replace('import { readFileSync } from "node:fs";', "")}
    import { readFileSync } from "node:fs";
    const kcov = await Kcov.create();
    installLoader({ imports: kcov.imports, transform: (binary) => binary });
    await Kcov.create();
    process.stderr.write(\`\${add(1, 2)}\\n\`);`;
  const run = await trace(put("second.mjs", code));
  expect({ stderr: run.stderr, calls: callsOf(run), end: run.end }).toEqual({ stderr: "3\n", calls: 1, end: 0 });
});

test("child processes are counted and named", async ({ expect }) => {
  put("child.mjs", `${LOAD} add(1, 2);`);
  const code = `import { execFileSync, fork } from "node:child_process"; fork(new URL("child.mjs", import.meta.url));
    execFileSync(process.execPath, ["child.mjs"]); execFileSync("true");`;
  const { stderr } = await trace(put("parent.mjs", code));
  expect(stderr).toMatch(/^wasm-kcov: 2 child processes were not traced: node .*child\.mjs; use wasm-kcov coverage$/m);
});

describe("what can be traced is told by contents", () => {
  test.for(["noext", "parser.js"])("%s", async (name, { expect }) => {
    const { stderr, end } = await start([name, "--invoke", "add", "1", "2"]);
    expect([stderr, end]).toEqual(["add(1, 2) = 3\n", 0]);
  });

  test.for<[string, string | undefined, string]>([
    ["folder", undefined, "folder is a directory: name a script or a module in it"],
    ["empty.wasm", "", "empty.wasm is empty"],
    ["empty", "", "empty is empty"],
    ["text.wat", "(module)", "text.wat is the text form of a module: make a module of it first (wat2wasm, wasm-as)"],
    ["text", ";; text\n(module)", "text is the text form of a module: make a module of it first (wat2wasm, wasm-as)"],
    ["text.wasm", "x", "text.wasm: not a WebAssembly module: it does not begin with \\0asm"],
  ])("%s", async ([name, contents, message], { expect }) => {
    if (contents === undefined) mkdirSync(join(directory, name));
    else put(name, contents);
    const { stdout, stderr, end } = await start([name]);
    expect([stdout, stderr, end]).toEqual(["", `wasm-kcov: ${message}\n`, 1]);
  });

  test("a command of the packages, and one that there is not", async ({ expect }) => {
    put("tool.mjs", `#!/usr/bin/env node\n${LOAD} add(1, 2); process.stdout.write(process.argv[2]);`);
    symlinkSync(join(directory, "tool.mjs"), join(directory, "node_modules/.bin/tool"));
    const run = await trace("tool", "--flag");
    expect({ stdout: run.stdout, calls: callsOf(run) }).toEqual({ stdout: "--flag", calls: 1 });
    expect((await start(["no_tool"])).stderr).toMatch(/no_tool: there is no such file or directory, and no command/);
  });
});

test("a WASI program sees the variables that it is given, and no other", async ({ expect }) => {
  const program = wat(`(module
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "_start") (drop (call $sizes (i32.const 0) (i32.const 4))) (call $exit (i32.load (i32.const 0)))))`);
  put("environment.wasm", program);
  const env = { SECRET: "x" };
  expect((await start(["environment.wasm"], env)).end).toBe(0);
  expect((await start(["--env", "A=1", "--env", "SECRET", "--env", "UNSET", "environment.wasm"], env)).end).toBe(2);
});

describe("the report", () => {
  test("what was not reached", async ({ expect }) => {
    const module = wat('(module (func (export "add")) (func (export "other")))');
    put("two.wasm", module);
    const { stdout } = await start(["--unreached", "two.wasm", "--invoke", "add"]);
    expect(stdout).toMatch(/not reached +of +function\n +1 +1 +never ran +other\n\n1 of 2 functions/);
  });

  test("JSON has standard output for itself", async ({ expect }) => {
    const file = put("talks.mjs", `${LOAD} add(1, 2); process.stdout.write("of the program\\n");`);
    const alone = await start(["--json", file]);
    expect((JSON.parse(alone.stdout) as { version: number }).version).toBe(1);
    expect(alone.stderr).toBe("of the program\n");
    expect((await start(["--json", "-o", "-", file])).stdout).toMatch(/^of the program\n\{/);
  });

  test("a reader that goes away ends it at once", async ({ expect }) => {
    const loop = wat(`(module (func (export "run") (local i32) (loop (br_if 0 (i32.lt_u
      (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 3000000))))))`);
    put("loop.wasm", loop);
    const args = [MAIN, "trace", "--pcs", "loop.wasm", "--invoke", "run"];
    const child = spawn(process.execPath, args, { cwd: directory, stdio: ["ignore", "pipe", "ignore"] });
    let bytes = 0;
    child.stdout.on("data", (data: Uint8Array) => {
      bytes += data.length;
      child.stdout.destroy();
    });
    const code = await new Promise((resolve) => child.once("exit", resolve));
    expect(code).toBe(0);
    expect(bytes).toBeLessThan(1_000_000);
  });
});
