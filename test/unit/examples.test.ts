/** The examples run, and print what they are there to show. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { wat } from "../support/wat.ts";

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));

const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-examples-"));
const target = join(directory, "magic_bytes.wasm");
const planted = new URL("../fixtures/fuzz/magic_bytes.wat", import.meta.url);
writeFileSync(target, wat(readFileSync(planted, "utf8")));
afterAll(() => rmSync(directory, { recursive: true }));

test("remote.mjs: the kernel's example with a real thread", () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [example("remote.mjs")], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout.split("\n")).toEqual(["0x1000", "0x1001", "0x1002", "0x2000", "0x2001", ""]);
});

test("own_engine.mjs: an engine reads counters and the kcov buffer", () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [example("own_engine.mjs"), target, "3000"], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout).toMatch(/^crash: unreachable in .*, input [0-9a-f]+\n$/);
});

test.each([
  ["v5.5", 2],
  ["v5.18", 2],
  ["v6.12", 5],
  ["v7.2", 5],
])("executor.mjs: calls with coverage of their own, and of what a worker and an interrupt did, %s", (abi, extra) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [example("executor.mjs"), abi], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout.split("\n")).toEqual([
    "sys_open(3): 2 edges, compares 0x7",
    "sys_open(7): 2 edges, compares nothing",
    "sys_write(4660): 5 edges, compares 0xfff",
    `extra: ${extra} edges`,
    "left: 0 descriptors, 0 handles, 0 warnings",
    "",
  ]);
});
