/** `wasm-kcov coverage` and `report` on programs of every shape. */

import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { hasMultiMemory } from "../../src/engine.ts";
import { LOAD, Project, WORK } from "../support/coverage_project.ts";
import { wat } from "../support/wat.ts";

let project: Project;
beforeAll(() => {
  project = new Project();
  project.write("once.mjs", `${LOAD}load().work(10);`);
  project.write("nothing.mjs", "process.exitCode = Number(process.argv[2] ?? 0);");
});
afterAll(() => project.remove());
beforeEach(() => rmSync(project.path("coverage"), { recursive: true, force: true }));

test("a program's functions and lines are counted exactly", () => {
  const { exit, stderr, calls } = project.cover(["node", "once.mjs"]);
  expect({ exit, stderr, calls }).toEqual({ exit: 0, stderr: "", calls: { work: 1, unused: 0 } });
  const [file] = Object.values(JSON.parse(readFileSync(project.path("coverage/coverage-final.json"), "utf8"))) as [
    { s: Record<string, number> },
  ];
  expect(new Set(Object.values(file.s))).toEqual(new Set([0, 1, 10, 11]));
});

test("the text report is the default, and names the module", () => {
  const { stdout } = project.run(["coverage", "node", "once.mjs"]);
  expect(stdout).toMatch(/work\.wasm\S* +\| +\d/);
});

test.each([
  ["an instance each time", `${LOAD}for (let i = 0; i < 500; i++) load().work(2);`, 500],
  ["process.exit in the middle", `${LOAD}const { work } = load(); work(1); process.exit(0);`, 1],
  ["handlers of exit that still run wasm", `${LOAD}const w = load().work; w(1); process.on("exit", () => w(1));`, 2],
  [
    "streaming",
    `${LOAD}const body = readFileSync(new URL("./work.wasm", import.meta.url));
     const response = new Response(body, { headers: { "content-type": "application/wasm" } });
     (await WebAssembly.instantiateStreaming(response)).instance.exports.work(1);`,
    1,
  ],
  [
    "a context of node:vm",
    `${LOAD}import vm from "node:vm";
     const bytes = readFileSync(new URL("./work.wasm", import.meta.url));
     vm.runInNewContext("new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.work(1)", { bytes });`,
    1,
  ],
])("%s", (_, code, work) => {
  project.write("program.mjs", code);
  const { exit, stderr, calls } = project.cover(["node", "program.mjs"]);
  expect({ exit, stderr, calls }).toEqual({ exit: 0, stderr: "", calls: { work, unused: 0 } });
});

const WORKER = `${LOAD}
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
const here = new URL(import.meta.url);
`;

test("workers, and workers of workers", () => {
  project.write(
    "workers.mjs",
    `${WORKER}
    const depth = workerData ?? 0;
    load().work(3);
    if (depth < 2) for (let i = 0; i < 2; i++) new Worker(here, { workerData: depth + 1 });`,
  );
  expect(project.cover(["node", "workers.mjs"])).toMatchObject({ exit: 0, stderr: "", calls: { work: 7 } });
});

test("a worker that is terminated in the middle of its work", () => {
  project.write(
    "terminated.mjs",
    `${WORKER}
    if (isMainThread) {
      const worker = new Worker(here);
      worker.once("message", async () => { await worker.terminate(); });
    } else {
      const { work } = load();
      work(5);
      work(5);
      parentPort.postMessage("go");
      for (;;) work(0x7fffffff);
    }`,
  );
  const { exit, calls } = project.cover(["node", "terminated.mjs"]);
  expect(exit).toBe(0);
  expect(calls.work).toBeGreaterThanOrEqual(2);
});

test("a worker that is terminated with a module of the main thread keeps its counts, or they are said to be missing", () => {
  project.write(
    "sent_and_terminated.mjs",
    `${WORKER}
    import { setTimeout } from "node:timers";
    if (isMainThread) {
      const worker = new Worker(here, { workerData: new WebAssembly.Module(readFileSync("work.wasm")) });
      worker.on("message", () => worker.terminate());
    } else {
      new WebAssembly.Instance(workerData).exports.work(1);
      parentPort.postMessage("done");
      setTimeout(() => {}, 1e6);
    }`,
  );
  const { exit, stderr, calls } = project.cover(["node", "sent_and_terminated.mjs"]);
  expect(exit).toBe(0);
  if (hasMultiMemory()) expect({ stderr, calls }).toEqual({ stderr: "", calls: { work: 1, unused: 0 } });
  else
    expect(stderr).toMatch(/^wasm-kcov: work\.wasm: counts of a worker that did not end by itself are missing: .*\n$/);
});

test("modules that are sent from one thread to another, as emscripten's threads do", () => {
  project.write(
    "sent.mjs",
    `${WORKER}
    if (isMainThread) {
      const module = new WebAssembly.Module(readFileSync("work.wasm"));
      for (let i = 0; i < 3; i++) new Worker(here, { workerData: module });
    } else new WebAssembly.Instance(workerData).exports.work(1);`,
  );
  expect(project.cover(["node", "sent.mjs"])).toMatchObject({ exit: 0, stderr: "", calls: { work: 3 } });
});

test("an eval worker in CommonJS", () => {
  const code = `const { readFileSync } = require("node:fs");
    new WebAssembly.Instance(new WebAssembly.Module(readFileSync("work.wasm"))).exports.work(1);`;
  project.write(
    "eval.mjs",
    `import { Worker } from "node:worker_threads"; new Worker(${JSON.stringify(code)}, { eval: true });`,
  );
  expect(project.cover(["node", "eval.mjs"])).toMatchObject({ exit: 0, stderr: "", calls: { work: 1 } });
});

test("child processes, also with an environment of their own, and a shell in between", () => {
  project.write(
    "children.mjs",
    `${LOAD}
    import { execSync, fork, spawn, spawnSync } from "node:child_process";
    const { PATH } = process.env;
    if (process.argv[2] === "child") load().work(1);
    else {
      const self = new URL(import.meta.url).pathname.replaceAll("%20", " ");
      const args = [self, "child"];
      fork(self, ["child"]);
      spawn(process.execPath, args, { env: { PATH } });
      spawnSync(process.execPath, args, { env: { PATH, NODE_OPTIONS: "--no-warnings" } });
      execSync('"' + process.execPath + '" "' + self + '" child');
    }`,
  );
  expect(project.cover(["node", "children.mjs"])).toMatchObject({ exit: 0, stderr: "", calls: { work: 4 } });
});

test("the command's own NODE_OPTIONS stay", () => {
  project.write("first.cjs", "globalThis.first = true;");
  project.write("options.mjs", `${LOAD}if (globalThis.first) load().work(1);`);
  const NODE_OPTIONS = `--require "${project.path("first.cjs")}"`;
  expect(project.cover(["node", "options.mjs"], { NODE_OPTIONS })).toMatchObject({ exit: 0, calls: { work: 1 } });
});

test("npm scripts", () => {
  const manifest = {
    name: "project",
    type: "module",
    scripts: { test: "node once.mjs && npm run -s again", again: "node once.mjs" },
  };
  project.write("package.json", JSON.stringify(manifest));
  const { exit, calls } = project.cover(["npm", "test", "--silent"]);
  expect({ exit, calls }).toEqual({ exit: 0, calls: { work: 2, unused: 0 } });
});

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("a process that is ended by %s", (signal) => {
  project.write(
    "signal.mjs",
    `${LOAD}load().work(1); process.kill(process.pid, "${signal}"); setInterval(() => {}, 1000);`,
  );
  const { exit, calls } = project.cover(["node", "signal.mjs"]);
  expect({ exit, calls }).toEqual({
    exit: { SIGTERM: 143, SIGINT: 130, SIGHUP: 129 }[signal],
    calls: { work: 1, unused: 0 },
  });
});

test("an error that nobody catches", () => {
  project.write("throws.mjs", `${LOAD}load().work(1); throw new Error("mine");`);
  const { exit, stderr, calls } = project.cover(["node", "throws.mjs"]);
  expect({ exit, calls }).toEqual({ exit: 1, calls: { work: 1, unused: 0 } });
  expect(stderr).toContain("Error: mine");
});

test("a process that is killed loses its counts alone, and the report names it", () => {
  project.write(
    "killed.mjs",
    `${LOAD}
    import { fork } from "node:child_process";
    const self = new URL(import.meta.url).pathname.replaceAll("%20", " ");
    load().work(1);
    if (process.argv[2]) process.kill(process.pid, "SIGKILL");
    else fork(self, ["child"]);`,
  );
  const { exit, stderr, calls } = project.cover(["node", "killed.mjs"]);
  expect({ exit, calls }).toEqual({ exit: 0, calls: { work: 1, unused: 0 } });
  expect(stderr).toMatch(
    /^wasm-kcov: process \d+ \(node .*killed\.mjs child\) was killed before it could write its profile: what it counted is missing\n$/,
  );
});

test("the exit code is the command's", () => {
  const { exit, stderr } = project.run(["coverage", "node", "nothing.mjs", "7"]);
  expect({ exit, stderr }).toEqual({
    exit: 7,
    stderr: "wasm-kcov: node nothing.mjs 7 loaded no WebAssembly module that could be covered\n",
  });
});

test.each([
  [["coverage", "no-such-command"], 127, "wasm-kcov: there is no command no-such-command"],
  [
    ["coverage", "once.mjs"],
    127,
    "wasm-kcov: there is no command once.mjs; it is a script: wasm-kcov coverage node once.mjs",
  ],
  [["coverage", "-r", "pdf", "node", "once.mjs"], 2, "wasm-kcov: there is no reporter pdf: those there are: "],
  [["coverage", "--lines", "120", "node", "once.mjs"], 2, "wasm-kcov: --lines 120 is not a percentage from 0 to 100"],
  [["coverage", "--path-map", "x", "node", "once.mjs"], 2, "wasm-kcov: --path-map x is not of the form FROM=TO"],
  [
    ["coverage", "--merge", "none.json", "node", "once.mjs"],
    1,
    "wasm-kcov: cannot read none.json: there is no such file",
  ],
  [["coverage", "--merge", "package.json", "node", "once.mjs"], 1, "wasm-kcov: package.json is not a coverage map: "],
  [["coverage", "--temp-directory", "work.wasm/x", "node", "once.mjs"], 1, "wasm-kcov: cannot write "],
  [
    ["coverage", "--reports-dir", "work.wasm/x", "-r", "json", "node", "once.mjs"],
    1,
    "wasm-kcov: the report json cannot be written to work.wasm/x: ",
  ],
  [["report", "none"], 1, "wasm-kcov: cannot read none: there is no such file or directory"],
  [["report", "--clean"], 2, "error: unknown option '--clean'"],
])("bad input: %j", (args, exit, line) => {
  const ran = project.run(args);
  expect(ran.stderr).toContain(line);
  expect(ran.exit).toBe(exit);
  expect(ran.stderr).not.toContain("    at ");
});

test("modules in node_modules are left out, with a word, unless they are named", () => {
  project.write("node_modules/dependency/d.wasm", wat(WORK, true));
  project.write(
    "both.mjs",
    `${LOAD}load().work(1); new WebAssembly.Instance(new WebAssembly.Module(readFileSync("node_modules/dependency/d.wasm"))).exports.work(1);`,
  );
  writeFileSync(
    project.path("node_modules/dependency/d.wasm"),
    wat(WORK.replace("(result i32) (i32.const 1)", "(result i32) (i32.const 2)"), true),
  );
  expect(project.cover(["node", "both.mjs"])).toMatchObject({
    stderr: `wasm-kcov: 1 module is left out, in node_modules or by --module: node_modules/dependency/d.wasm\n`,
    calls: { work: 1 },
  });
  expect(project.cover(["--module", "**/*.wasm", "node", "both.mjs"])).toMatchObject({
    stderr: "",
    calls: { work: 2 },
  });
  expect(project.cover(["--module", "dependency", "node", "both.mjs"])).toMatchObject({ calls: { work: 1 } });
  expect(project.cover(["--exclude-module", "work.wasm", "node", "both.mjs"]).calls).toEqual({});
});

test("--all counts modules that nobody loaded as 0", () => {
  project.write("other/never.wasm", wat(WORK.replaceAll("unused", "never"), true));
  const { calls } = project.cover(["--all", "node", "once.mjs"]);
  expect(calls).toMatchObject({ work: 1, unused: 0, never: 0 });
  rmSync(project.path("other"), { recursive: true });
});

test("thresholds fail a run that passed, and not one that failed", () => {
  const check = ["coverage", "-r", "none", "--check-coverage", "--functions", "60"];
  const line = "wasm-kcov: coverage of functions is 50 %, below the threshold of 60 %\n";
  expect(project.run([...check, "node", "once.mjs"])).toMatchObject({ exit: 1, stderr: line });
  expect(project.run(["coverage", "-r", "none", "--functions", "50", "node", "once.mjs"])).toMatchObject({
    exit: 0,
    stderr: "",
  });
  expect(project.run([...check.toSpliced(3, 1, "--no-check-coverage"), "node", "once.mjs"])).toMatchObject({
    exit: 0,
    stderr: "",
  });
  project.write("fails.mjs", `${LOAD}load().work(1); process.exitCode = 5;`);
  expect(project.run([...check, "node", "fails.mjs"])).toMatchObject({ exit: 5, stderr: line });
  expect(project.run(["coverage", "-r", "none", "--check-coverage", "node", "nothing.mjs"]).exit).toBe(1);
  expect(project.run(["report", "-r", "none", "--100"])).toMatchObject({ exit: 1 });
});

test("a configuration file has options, and the command line goes first", () => {
  project.write(
    ".wasm-kcovrc.json",
    JSON.stringify({ reporter: ["json", "none"], functions: 60, "check-coverage": true, excludeModule: "x" }),
  );
  expect(project.run(["coverage", "node", "once.mjs"])).toMatchObject({ exit: 1, stdout: "" });
  expect(project.calls()).toEqual({ work: 1, unused: 0 });
  expect(project.run(["coverage", "--functions", "50", "node", "once.mjs"])).toMatchObject({
    exit: 0,
    stderr: "wasm-kcov: no module matches --exclude-module x\n",
  });
  for (const [text, line] of [
    ['{"repoter": "json"}', 'there is no option "repoter"'],
    ['{"hits": "yes"}', '"hits" is true or false'],
    ['{"lines": 300}', "--lines 300 is not a percentage"],
    ['{"reporter": "pdf"}', "there is no reporter pdf"],
    ["{", "JSON"],
  ] as const) {
    project.write(".wasm-kcovrc.json", text);
    const ran = project.run(["coverage", "node", "once.mjs"]);
    expect(ran.stderr).toContain(project.path(".wasm-kcovrc.json"));
    expect(ran.stderr).toContain(line);
    expect(ran.exit).toBe(2);
  }
  rmSync(project.path(".wasm-kcovrc.json"));
  const manifest = JSON.parse(readFileSync(project.path("package.json"), "utf8"));
  project.write("package.json", JSON.stringify({ ...manifest, "wasm-kcov": { reporter: "none", hits: true } }));
  expect(project.run(["coverage", "node", "once.mjs"])).toMatchObject({ exit: 0, stdout: "", stderr: "" });
  project.write("package.json", JSON.stringify(manifest));
});

test("--hits says whether, not how often", () => {
  project.write("thrice.mjs", `${LOAD}const { work } = load(); work(1); work(2); work(3);`);
  expect(project.cover(["--hits", "node", "thrice.mjs"])).toMatchObject({
    exit: 0,
    stderr: "",
    calls: { work: 1, unused: 0 },
  });
});

test("runs add up with --no-clean, and are reported again from their profiles, shards together", () => {
  project.cover(["node", "once.mjs"]);
  expect(project.cover(["--no-clean", "node", "once.mjs"]).calls).toMatchObject({ work: 2 });
  mkdirSync(project.path("shards"));
  renameSync(project.path("coverage/tmp"), project.path("shards/1"));
  project.cover(["node", "once.mjs"]);
  renameSync(project.path("coverage/tmp"), project.path("shards/2"));
  expect(project.run(["report", "-r", "json", "shards"])).toMatchObject({ exit: 0, stderr: "" });
  expect(project.calls()).toMatchObject({ work: 3 });
  rmSync(project.path("shards"), { recursive: true });
});

test("a module that was added to the cache is not instrumented again", () => {
  const WASM_KCOV_CACHE = project.path("warm");
  const add = ["cache", "--json", "--add", "work.wasm"];
  const { exit, stdout } = project.run(add, { WASM_KCOV_CACHE });
  const { entries } = JSON.parse(stdout) as { entries: number };
  expect({ exit, entries }).toEqual({ exit: 0, entries: hasMultiMemory() ? 1 : 2 });
  expect(project.cover(["node", "once.mjs"], { WASM_KCOV_CACHE })).toMatchObject({ exit: 0, calls: { work: 1 } });
  project.run(["coverage", "-r", "none", "--no-clean", "--hits", "node", "once.mjs"], { WASM_KCOV_CACHE });
  expect(JSON.parse(project.run(add, { WASM_KCOV_CACHE }).stdout)).toMatchObject({ entries: entries + 1 });
  expect(project.run([...add, "--hits"], { WASM_KCOV_CACHE })).toMatchObject({ exit: 0, stderr: "" });
  expect(project.run(["cache", "--add", "absent.wasm"])).toMatchObject({
    exit: 1,
    stderr: "wasm-kcov: cannot read absent.wasm: there is no such file or directory\n",
  });
  expect(project.run(["cache", "--add", "once.mjs"])).toMatchObject({
    exit: 1,
    stderr: "wasm-kcov: once.mjs: it is no WebAssembly module\n",
  });
});

test("the preload alone", () => {
  const register = new URL("../../dist/register", import.meta.url).pathname;
  for (const [option, file] of [
    ["--require", `${register}.cjs`],
    ["--import", `${register}.js`],
  ] as const) {
    const NODE_OPTIONS = `${option} ${file}`;
    const WASM_KCOV_COVERAGE = project.path("preloaded");
    project.write(
      "spawn.mjs",
      `import { spawnSync } from "node:child_process"; spawnSync(process.execPath, ["once.mjs"]);`,
    );
    project.run(["cache"], { NODE_OPTIONS, WASM_KCOV_COVERAGE });
    expect(existsSync(project.path("preloaded")), "a process without wasm leaves nothing").toBe(false);
    const { exit } = project.run(["coverage", "-r", "none", "--temp-directory", "other", "node", "spawn.mjs"], {
      NODE_OPTIONS,
    });
    expect(exit).toBe(0);
  }
  chmodSync(project.directory, 0o755);
});
