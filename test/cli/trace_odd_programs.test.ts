/** Odd programs do under `trace` what they do without it, and are traced; where that cannot be, there is one line. */

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, test as sequentially } from "vitest";
import { wat } from "../support/wat.ts";

const test = sequentially.concurrent;
const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const TWICE = `(module (import "a" "f" (func $f (param i32))) (func (export "run") (param i32) (result i32)
  (call $f (local.get 0)) (i32.mul (local.get 0) (i32.const 2))))`;
const LENGTH = `(module (import "wasm:js-string" "length" (func $length (param externref) (result i32)))
  (import "a" "f" (func $f (param i32)))
  (func (export "run") (param externref) (result i32) (call $f (i32.const 1)) (call $length (local.get 0))))`;
const ADD =
  '(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))) (func (export "NAME")))';
const LOAD = `import { readFileSync } from "node:fs";
const bytes = readFileSync(new URL("twice.wasm", import.meta.url));
const imports = { a: { f() {} } };
`;
/** Flags of Node.js, and the program. */
const PROGRAMS: Readonly<Record<string, [flags: string[], code: string]>> = {
  "an import object of proxies": [
    [],
    `const log = [];
     const deep = (object, name) => new Proxy(object, {
       get(target, key) { log.push(name + "." + String(key)); const value = target[key]; return typeof value === "object" ? deep(value, key) : value; },
       has(target, key) { log.push("has " + String(key)); return key in target; },
       ownKeys(target) { log.push("keys"); return Reflect.ownKeys(target); } });
     const { instance } = await WebAssembly.instantiate(bytes, deep(imports, "imports"));
     console.log(instance.exports.run(4), log.join());`,
  ],
  "derived classes": [
    [],
    `class M extends WebAssembly.Module { get hello() { return 1; } }
     class I extends WebAssembly.Instance { run(x) { return this.exports.run(x); } }
     const m = new M(bytes), i = new I(m, imports);
     console.log(m instanceof M, m.hello, i instanceof I, i.run(4), i.constructor.name, m.constructor === M);
     console.log(Reflect.construct(WebAssembly.Instance, [m, imports], class Foo {}).constructor.name);
     try { WebAssembly.Instance(m); } catch (error) { console.log(error.name, error.message); }`,
  ],
  "clones of modules": [
    [],
    `import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
     const module = await WebAssembly.compile(bytes);
     const copy = structuredClone({ module, all: [module] });
     const { port1, port2 } = new MessageChannel();
     port1.postMessage(module);
     const { message } = receiveMessageOnPort(port2);
     port1.close();
     console.log(copy.module === copy.all[0], JSON.stringify(WebAssembly.Module.imports(copy.module)));
     console.log(new WebAssembly.Instance(copy.module, imports).exports.run(4), (await WebAssembly.instantiate(message, imports)).exports.run(5));`,
  ],
  "a class derived from Response": [
    [],
    `class R extends Response { async arrayBuffer() { return super.arrayBuffer(); } }
     const init = { headers: { "content-type": "application/wasm" } };
     console.log((await WebAssembly.instantiateStreaming(new R(bytes, init), imports)).instance.exports.run(4));
     for (const bad of [new Response(bytes), new Response(bytes, { ...init, status: 404 }), 5])
       await WebAssembly.compileStreaming(bad).catch((error) => console.log(error.name, error.message));`,
  ],
  realms: [
    [],
    `import vm from "node:vm";
     const W = vm.runInNewContext("WebAssembly"), module = new W.Module(bytes);
     console.log(module instanceof W.Module, module instanceof WebAssembly.Module);
     console.log(new WebAssembly.Instance(module, imports).exports.run(4), new W.Instance(module, imports).exports.run(5));
     const strict = vm.createContext({ bytes }, { codeGeneration: { wasm: false } });
     try { vm.runInContext("new WebAssembly.Module(bytes)", strict); } catch (error) { console.log(error.name, error.message); }`,
  ],
  "a world that is frozen": [
    [],
    `const seen = new Set();
     const harden = (object) => {
       if ((typeof object !== "object" && typeof object !== "function") || object === null || seen.has(object)) return;
       seen.add(Object.freeze(object));
       for (const key of Reflect.ownKeys(object)) { const { value, get, set } = Reflect.getOwnPropertyDescriptor(object, key); for (const each of [value, get, set]) harden(each); }
       harden(Object.getPrototypeOf(object));
     };
     for (const name of ["Object", "Array", "Function", "Promise", "WeakMap", "Proxy", "Reflect", "Uint8Array", "WebAssembly", "Error", "RegExp", "TextEncoder", "JSON"]) harden(globalThis[name]);
     Object.freeze(globalThis);
     console.log(new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports.run(4));`,
  ],
  "no code from strings": [
    ["--disallow-code-generation-from-strings"],
    "console.log((await WebAssembly.instantiate(bytes, imports)).instance.exports.run(4));",
  ],
  "frozen intrinsics": [
    ["--frozen-intrinsics", "--no-warnings"],
    "console.log((await WebAssembly.instantiate(bytes, imports)).instance.exports.run(4));",
  ],
  "imports that the engine provides": [
    [],
    `const strings = readFileSync(new URL("length.wasm", import.meta.url)), options = { builtins: ["js-string"] };
     const run = (instance) => { try { return instance.exports.run("hello"); } catch (error) { return error.message; } };
     try {
       const module = new WebAssembly.Module(strings, options);
       console.log(JSON.stringify(WebAssembly.Module.imports(module)), run(new WebAssembly.Instance(module, imports)));
     } catch (error) { console.log(error.name, error.message); }
     console.log(new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports.run(4));`,
  ],
};
let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-odd-"));
  put("twice.wasm", wat(TWICE));
  put("length.wasm", wat(LENGTH));
  for (const [name, [, code]] of Object.entries(PROGRAMS)) put(`${name}.mjs`, LOAD + code);
});

afterAll(() => rmSync(directory, { recursive: true }));

function put(name: string, contents: string | Uint8Array): void {
  mkdirSync(dirname(join(directory, name)), { recursive: true });
  writeFileSync(join(directory, name), contents);
}

async function run(args: readonly string[]): Promise<{ stdout: string; stderr: string; end: number | string | null }> {
  const env = { ...process.env, NODE_OPTIONS: "" };
  const child = spawn(process.execPath, args, { cwd: directory, env, stdio: ["ignore", "pipe", "pipe"] });
  const closed = new Promise((resolve) => child.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { stdout, stderr, end: child.signalCode ?? child.exitCode };
}

interface Report {
  modules: { name: string; path?: string }[];
  records: number;
}

async function traced(report: string, flags: readonly string[], ...args: string[]) {
  const output = join(directory, report);
  const ended = await run([...flags, MAIN, "trace", "--json", "-o", output, ...args]);
  return { ...ended, report: existsSync(output) ? (JSON.parse(readFileSync(output, "utf8")) as Report) : undefined };
}

describe("the same as without", () => {
  test.for(Object.keys(PROGRAMS))("%s", async (name, { expect }) => {
    const [flags] = PROGRAMS[name] ?? [[]];
    const untraced = await run([...flags, `${name}.mjs`]);
    const { report, ...ended } = await traced(`${name}.json`, flags, `${name}.mjs`);
    expect(ended).toEqual(untraced);
    expect(ended.end, ended.stderr).toBe(0);
    expect(report?.records).toBeGreaterThan(0);
  });
});

test("a Node.js without WebAssembly", async ({ expect }) => {
  put("without.mjs", "console.log(typeof WebAssembly);");
  // Some versions of V8 say that they switch it off.
  const quietly = async (...args: string[]) => {
    const { stdout, stderr, end } = await run(args);
    return { stdout, stderr: stderr.replace(/^Warning: .*\n/gm, ""), end };
  };
  const { stdout, stderr, end } = await quietly(MAIN, "trace", "--", process.execPath, "--jitless", "without.mjs");
  expect([stdout, end]).toEqual(["undefined\n", 0]);
  expect(stderr).toMatch(
    /^wasm-kcov: .* ran in a Node\.js whose WebAssembly is frozen or not there: nothing can be traced$/m,
  );
  expect(await quietly("--jitless", MAIN, "trace", "without.mjs")).toEqual({
    stdout: "",
    stderr: "wasm-kcov: this Node.js has no WebAssembly: run it without --jitless\n",
    end: 1,
  });
});

test("a program that may not write or start processes", async ({ expect }) => {
  const permission = Number.parseInt(process.versions.node, 10) < 24 ? "--experimental-permission" : "--permission";
  const program = [process.execPath, "--no-warnings", permission, "--allow-fs-read=*", "restricted.mjs"];
  put(
    "restricted.mjs",
    `${LOAD}console.log(new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports.run(4));`,
  );
  const traced = await run([MAIN, "trace", "--", ...program]);
  expect([traced.stdout, traced.end], traced.stderr).toEqual(["8\n", 0]);
  expect(traced.stderr).toMatch(/^wasm-kcov: process \d+ is not traced: .*restricted/m);
  const covered = await run([MAIN, "coverage", "-r", "none", "--temp-directory", "restricted", ...program]);
  expect([covered.stdout, covered.end], covered.stderr).toEqual(["8\n", 0]);
  expect(covered.stderr).toMatch(/part of its coverage is lost: .*restricted/);
});

test("modules that are imported from far away have the names of their files", async ({ expect }) => {
  put("far/assets/far.wasm", wat(ADD.replace("NAME", "far")));
  put("far/app/node_modules/pkg/dist/inside.wasm", wat(ADD.replace("NAME", "inside")));
  put("far/app/node_modules/pkg/dist/index.js", 'export { add } from "./inside.wasm";');
  const exported = { ".": { import: "./dist/index.js" } };
  put("far/app/node_modules/pkg/package.json", JSON.stringify({ name: "pkg", type: "module", exports: exported }));
  put("far/app/src/other.mjs", 'export { add as other } from "pkg";');
  put(
    "far/app/src/main.mjs",
    'import { add } from "../../assets/far.wasm";\nimport { other } from "./other.mjs";\nconsole.log(add(1, 2), other(3, 4));',
  );
  const flags = ["--no-warnings", "--experimental-wasm-modules"];
  const { report, stdout, stderr } = await traced("far.json", flags, "far/app/src/main.mjs");
  expect([stdout, stderr]).toEqual(["3 7\n", ""]);
  expect(report?.modules.map(({ path }) => path?.slice(directory.length)).sort()).toEqual([
    "/far/app/node_modules/pkg/dist/inside.wasm",
    "/far/assets/far.wasm",
  ]);
});
