/** The examples run, and print what they are there to show. */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));

test("remote.mjs: the kernel's example with a real thread", () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [example("remote.mjs")], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout.split("\n")).toEqual(["0x1000", "0x1001", "0x1002", "0x2000", "0x2001", ""]);
});
