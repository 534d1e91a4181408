/** Scripts of our own, one a proposal; `npm run test:spec -- DIR` runs others, such as the specification's. */

import { readdirSync, readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { describe, expect, it } from "vitest";
import { hasMultiMemory } from "../../src/instrument/index.ts";
import { assemblers } from "./assemble.ts";
import { runScript } from "./script.ts";

// Exceptions with try_table are behind a flag in Node 24.
if (Number(process.versions.node.split(".")[0]) >= 22) setFlagsFromString("--experimental-wasm-exnref");

const directory = new URL("scripts/", import.meta.url);
const parsers = (await assemblers()).slice(-1);

describe("scripts", () => {
  it.each(readdirSync(directory))("%s", (file) => {
    const { passed, failed, lost, skipped } = runScript(readFileSync(new URL(file, directory), "utf8"), parsers);
    expect([...failed, ...lost]).toEqual([]);
    if (hasMultiMemory()) {
      expect([...skipped]).toEqual([]);
      expect(passed).toBeGreaterThan(5);
    } else
      process.stdout.write(`${file}: ${passed} passed, not run on this engine: ${[...skipped.keys()].join("; ")}\n`);
  });
});
