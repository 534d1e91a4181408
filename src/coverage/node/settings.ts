/** What a process is told by its environment: where profiles go, and of which modules. */

import type { CountingChoice } from "./collector_options.ts";

/** Directory of the profiles; without it the preload does nothing. */
export const DIRECTORY_VARIABLE = "WASM_KCOV_COVERAGE";
/** {@link CollectorSettings} without the directory, in JSON. */
export const OPTIONS_VARIABLE = "WASM_KCOV_COVERAGE_OPTIONS";

/** What is collected. */
export interface CollectorSettings extends CountingChoice {
  readonly directory: string;
  /**
   * Sources of regular expressions; a module must match one of them. If there are none, all modules do but those in
   * node_modules.
   */
  readonly modules: readonly string[];
  /** Sources of regular expressions; a module must match none of them. */
  readonly excluded: readonly string[];
  /** Directory in which processes note what becomes of signals; nobody wants to know if it is not given. */
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

/** The variables that make a process collect. */
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
