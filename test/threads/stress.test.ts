/** A few seconds of the stress test; `npm run test:stress -- --seconds N` runs it longer. */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("threads that come, work, and are killed", () => {
  const script = fileURLToPath(new URL("stress.mjs", import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, "--seconds", "5"], { encoding: "utf8" });
  expect(stderr, stdout).toBe("");
  expect(status, stdout).toBe(0);
});
