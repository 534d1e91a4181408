/** Settings that a process receives in its environment: where profiles go, and which modules are covered. */

import type { CountingChoice } from "./collector_options.ts";

/** Names the directory for profiles; without it the preload does nothing. */
export const DIRECTORY_VARIABLE = "WASM_KCOV_COVERAGE";
/** Contains {@link CollectorSettings} without the directory, as JSON. */
export const OPTIONS_VARIABLE = "WASM_KCOV_COVERAGE_OPTIONS";

/** Settings for what is collected. */
export interface CollectorSettings extends CountingChoice {
  readonly directory: string;
  /**
   * Sources of regular expressions; a module must match one of them. If there are none, all modules match except those
   * in node_modules.
   */
  readonly modules: readonly string[];
  /** Sources of regular expressions; a module must match none of them. */
  readonly excluded: readonly string[];
  /** Directory in which processes note how they handle signals; they do not if it is not given. */
  readonly signals?: string | undefined;
}

/** @returns undefined if nothing is to be collected */
export function settingsFromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): CollectorSettings | undefined {
  const directory = env[DIRECTORY_VARIABLE];
  if (!directory) return undefined;
  const defaults = { hits: false, modules: [], excluded: [] };
  return { ...defaults, ...parseOptions(env[OPTIONS_VARIABLE]), directory };
}

/** The variables that make a process collect coverage. */
export function environmentFor({ directory, ...options }: CollectorSettings): Record<string, string> {
  return { [DIRECTORY_VARIABLE]: directory, [OPTIONS_VARIABLE]: JSON.stringify(options) };
}

function parseOptions(text: string | undefined): Partial<CollectorSettings> {
  if (!text) return {};
  try {
    return JSON.parse(text) as Partial<CollectorSettings>;
  } catch {
    return {};
  }
}
