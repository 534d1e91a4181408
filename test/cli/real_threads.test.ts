/** A real program of several threads, from npm, under `trace`: it runs unchanged, and each of its threads is a task. */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

interface Report {
  dropped: boolean;
  unknown: number;
  modules: { functions: { hit: number }[] }[];
  tasks: { task: number; records: number }[];
}

test("libvips, an emscripten build with pthreads", () => {
  const args = [here("../../dist/cli/main.js"), "trace", "--json", here("../fixtures/programs/vips.mjs")];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 26 });
  expect(stderr).toContain("average 128\n");
  expect(status).toBe(0);
  const { dropped, unknown, modules, tasks } = JSON.parse(stdout) as Report;
  expect({ dropped, unknown }).toEqual({ dropped: false, unknown: 0 });
  expect(modules[0]?.functions.filter(({ hit }) => hit > 0).length).toBeGreaterThan(1000);
  expect(tasks.filter(({ records }) => records > 10_000).length).toBeGreaterThanOrEqual(2);
});
