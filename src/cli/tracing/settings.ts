/** What the command line tells the program that it traces, in a variable of its environment. */

import type { TraceSetup } from "./session.ts";

const VARIABLE = "WASM_KCOV_TRACE";

export interface TraceSettings {
  /** How threads are recorded; undefined: their executions are counted. */
  trace: TraceSetup | undefined;
  /** Where requests go. */
  directory: string;
  /** Process id of the command line. */
  server: number;
}

/** @param nodeOptions what the program is to find in NODE_OPTIONS; null: nothing */
export function settingsVariable(settings: TraceSettings, nodeOptions: string | null): Record<string, string> {
  return { [VARIABLE]: JSON.stringify({ settings, nodeOptions }) };
}

/** In the program: takes the settings out of the environment, which is the program's then. */
export function takeSettings(): TraceSettings | undefined {
  const text = process.env[VARIABLE];
  if (text === undefined) return undefined;
  const { settings, nodeOptions } = JSON.parse(text) as { settings: TraceSettings; nodeOptions: string | null };
  delete process.env[VARIABLE];
  if (nodeOptions === null) delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = nodeOptions;
  return settings;
}
