/** What is not in the cache yet: programs go on while it is instrumented. */

import { readdirSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Project } from "../support/coverage_project.ts";

let project: Project;
let runs = 0;
/** Nothing is in it. */
let cache = "";
beforeAll(() => {
  project = new Project();
});
beforeEach(() => {
  cache = project.path(`cache ${++runs}`);
});
afterAll(() => project.remove());

const READ = `import { existsSync, readdirSync, readFileSync } from "node:fs";
const bytes = readFileSync("work.wasm");
const folder = process.env.WASM_KCOV_CACHE + "/modules";
const kept = () => (existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".entry")).length : 0);
`;

function cover(program: string): ReturnType<Project["cover"]> {
  project.write("test.mjs", READ + program);
  return project.cover(["--", "node", "test.mjs"], { WASM_KCOV_CACHE: cache });
}

test("the call returns before the module is there", () => {
  const { calls, stdout, stderr } = cover(`
    const loading = WebAssembly.instantiate(bytes);
    const before = kept();
    const { instance } = await loading;
    instance.exports.work(3);
    console.log(before, kept());`);
  expect(stdout, stderr).toBe("0 1\n");
  expect(calls.work).toBe(1);
});

test("one that must not return before waits", () => {
  const { calls, stdout } = cover(`
    const module = new WebAssembly.Module(bytes);
    console.log(kept());
    new WebAssembly.Instance(module).exports.work(3);`);
  expect([stdout, calls.work]).toEqual(["1\n", 1]);
});

test("modules are made at the same time, one of each", () => {
  const { calls, stdout } = cover(`
    const other = Uint8Array.from([...bytes, 0, 2, 1, 0x61]);
    const all = await Promise.all([bytes, other, bytes].map((each) => WebAssembly.instantiate(each)));
    for (const { instance } of all) instance.exports.work(3);
    console.log(kept());`);
  expect(stdout).toBe("2\n");
  expect(calls.work).toBe(3);
});

test("a program that has nothing else to do does not end before", () => {
  const { calls, exit } = cover("WebAssembly.instantiate(bytes).then(({ instance }) => instance.exports.work(3));");
  expect([exit, calls.work]).toEqual([0, 1]);
});

test("one that exits before leaves nothing that others would wait for", () => {
  const first = cover("void WebAssembly.instantiate(bytes); process.exit(3);");
  expect(first.exit).toBe(3);
  const { calls } = cover("(await WebAssembly.instantiate(bytes)).instance.exports.work(3);");
  expect(calls.work).toBe(1);
  expect(readdirSync(cache)).toEqual(["modules"]);
});
