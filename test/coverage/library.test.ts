/** `wasm-kcov/coverage` in a program of one's own. */

import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Project } from "../support/coverage_project.ts";

let project: Project;
beforeAll(() => {
  project = new Project();
});
afterAll(() => project.remove());

const LIBRARY = new URL("../../dist/coverage/index.js", import.meta.url).href;

function run(code: string): unknown {
  const file = project.write(
    "program.mjs",
    `import { readFileSync } from "node:fs";
    import { mergeProfiles, readProfiles, startCoverage, toCoverageMap, writeReports } from "${LIBRARY}";
    const load = () => new WebAssembly.Instance(new WebAssembly.Module(readFileSync("work.wasm"))).exports;
    const callsOf = ({ modules }) => modules.map(({ name, pcTable, counts }) =>
      [name, pcTable.sites.flatMap(({ kind }, k) => (kind === "entry" ? [Number(counts[k])] : []))]);
    ${code}`,
  );
  const { stdout, stderr, status } = spawnSync(process.execPath, [file], { cwd: project.directory, encoding: "utf8" });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

test("counts are taken, begun anew, and end with stop", () => {
  const result = run(`
    const coverage = startCoverage();
    const { work } = load();
    work(1); work(2);
    const first = callsOf(await coverage.take({ reset: true }));
    work(3);
    const profile = await coverage.stop();
    work(4);
    load().work(5);
    const map = await toCoverageMap(profile);
    const functions = Object.values(map).flatMap((file) => Object.values((file.data ?? file).f));
    console.log(JSON.stringify([first, callsOf(profile), functions, callsOf(await coverage.stop())]));`);
  expect(result).toEqual([[["work.wasm", [2, 0]]], [["work.wasm", [1, 0]]], [1, 0], [["work.wasm", [1, 0]]]]);
});

test("workers and children are the process's, and profiles merge", () => {
  const result = run(`
    import { spawnSync } from "node:child_process";
    import { once } from "node:events";
    import { Worker } from "node:worker_threads";
    const coverage = startCoverage({ directory: "profiles", modules: ["work.wasm"] });
    const code = 'new WebAssembly.Instance(new WebAssembly.Module(require("fs").readFileSync("work.wasm"))).exports.work(1)';
    await once(new Worker(code, { eval: true }), "exit");
    spawnSync(process.execPath, ["-e", code]);
    load().work(1);
    const profile = await coverage.stop();
    const again = await readProfiles(["profiles"]);
    console.log(JSON.stringify([callsOf(profile), callsOf(mergeProfiles([profile, again]))]));`);
  expect(result).toEqual([[["work.wasm", [3, 0]]], [["work.wasm", [6, 0]]]]);
});

test("options that there are not are refused", () => {
  const result = run(`
    const lines = [{ module: "x" }, { hits: 1 }].map((options) => { try { startCoverage(options); } catch (error) { return error.name; } });
    console.log(JSON.stringify(lines));`);
  expect(result).toEqual(["TypeError", "TypeError"]);
});
