/** Finds the provider for JavaScript to wrap. */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { CoverageMap } from "istanbul-lib-coverage";
import type { CoverageProvider, ReportContext } from "vitest/node";

/** What vitest's providers have in addition to their public interface. */
export interface InnerProvider extends CoverageProvider {
  generateCoverage(context: ReportContext): Promise<CoverageMap>;
}

/** Tells workers the path of its module, if there is one. */
export const WRAPPED_VARIABLE = "WASM_KCOV_VITEST_WRAPS";

/** Providers for JavaScript. */
export const JAVASCRIPT_PROVIDERS = ["v8", "istanbul"] as const;

export type JavaScriptProvider = (typeof JAVASCRIPT_PROVIDERS)[number];

/**
 * Finds a provider that the project has installed.
 *
 * @param wanted false for none; undefined for the first one that is installed
 * @throws {Error} the wanted provider is not installed
 */
export function findWrapped(root: string, wanted: JavaScriptProvider | false | undefined): string | undefined {
  if (wanted === false) return undefined;
  const names = wanted === undefined ? JAVASCRIPT_PROVIDERS : [wanted];
  for (const name of names) {
    const path = resolveFrom(root, `@vitest/coverage-${name}`);
    if (path !== undefined) return path;
  }
  if (wanted === undefined) return undefined;
  throw new Error(`coverage.javascript is "${wanted}", but @vitest/coverage-${wanted} is not installed`);
}

/** @returns the path of a package's main module */
export function resolveFrom(root: string, name: string): string | undefined {
  try {
    const path = createRequire(join(root, "package.json")).resolve(name);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
