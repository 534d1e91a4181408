/**
 * A setup file for vitest's browser mode: when a test file is done, its page is closed, and the counts since its last
 * report would be lost. In tests that run in Node.js it does nothing.
 */

import { afterAll } from "vitest";
import type { PageCoverage } from "../pages/page.ts";

afterAll(async () => {
  await (globalThis as { wasmKcov?: PageCoverage }).wasmKcov?.flush();
});
