/**
 * Coverage of WebAssembly under vitest, versions 4 and 5:
 *
 *     test: { coverage: { provider: "custom", customProviderModule: "wasm-kcov/vitest" } }
 *
 * vitest has one provider per run, so this one wraps the v8 or istanbul provider if one is installed: there is one
 * report, and one set of thresholds, for JavaScript and WebAssembly. This module is loaded in vitest's own process and
 * in every worker; what only the former needs is imported there.
 */

import { pathToFileURL } from "node:url";
import type { CoverageProvider } from "vitest/node";
import { currentRecorder } from "../../coverage/node/recorder.ts";
import { WRAPPED_VARIABLE } from "./wrapped.ts";

/** What vitest calls in its workers; the arguments depend on its version, and are passed on. */
interface CoverageModule {
  startCoverage?(...args: unknown[]): unknown;
  takeCoverage?(...args: unknown[]): unknown;
  stopCoverage?(...args: unknown[]): unknown;
}

interface CoverageProviderModule extends CoverageModule {
  getProvider(): Promise<CoverageProvider>;
}

/** The provider module, for `coverage.customProviderModule`. */
const providerModule: CoverageProviderModule = {
  async getProvider() {
    const { createProvider } = await import("./provider.ts");
    return await createProvider();
  },
  async startCoverage(...args) {
    return await (await wrapped())?.startCoverage?.(...args);
  },
  /** Writes the counts so far: a worker may be ended at any time after its last test. */
  async takeCoverage(...args) {
    currentRecorder()?.thread.finish();
    return await (await wrapped())?.takeCoverage?.(...args);
  },
  async stopCoverage(...args) {
    return await (await wrapped())?.stopCoverage?.(...args);
  },
};

export default providerModule;

/** The same functions of the provider for JavaScript, if there is one. */
async function wrapped(): Promise<CoverageModule | undefined> {
  const path = process.env[WRAPPED_VARIABLE];
  if (!path) return undefined;
  return ((await import(pathToFileURL(path).href)) as { default: CoverageModule }).default;
}
