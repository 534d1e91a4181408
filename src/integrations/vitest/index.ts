/**
 * Coverage of WebAssembly under vitest, versions 4 and 5:
 *
 *     test: { coverage: { provider: "custom", customProviderModule: "wasm-kcov/vitest" } }
 *
 * vitest has one provider a run, so this one wraps the v8 or istanbul provider where one is installed: one report, and one
 * set of thresholds, of JavaScript and WebAssembly. This module is loaded in vitest's own process and in every worker; what
 * only the former needs is imported there.
 */

import { pathToFileURL } from "node:url";
import type { CoverageProvider } from "vitest/node";
import { currentRecorder } from "../../coverage/node/recorder.ts";
import { WRAPPED_VARIABLE } from "./wrapped.ts";

/** What vitest calls in its workers; the arguments are those of the version at hand, and are handed on. */
interface CoverageModule {
  startCoverage?(...args: unknown[]): unknown;
  takeCoverage?(...args: unknown[]): unknown;
  stopCoverage?(...args: unknown[]): unknown;
}

interface CoverageProviderModule extends CoverageModule {
  getProvider(): Promise<CoverageProvider>;
}

/** The coverage provider, as `coverage.customProviderModule` names it. */
const providerModule: CoverageProviderModule = {
  async getProvider() {
    const { createProvider } = await import("./provider.ts");
    return await createProvider();
  },
  async startCoverage(...args) {
    return await (await wrapped())?.startCoverage?.(...args);
  },
  /** A worker may be ended at any time after its last test: what it counted until now is written. */
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
