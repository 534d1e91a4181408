/** What the command line tells the program that it traces, in a variable of its environment. */

import { OPTION_VARIABLES } from "../../loader/node/index.ts";
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

/** @param given what the program is to find in the variables that have options */
export function settingsVariable(settings: TraceSettings, given: NodeJS.ProcessEnv): Record<string, string> {
  const options = OPTION_VARIABLES.map((name) => [name, given[name] ?? null] as const);
  return { [VARIABLE]: JSON.stringify({ settings, options }) };
}

/** In the program: takes the settings out of the environment, which is the program's then. */
export function takeSettings(): TraceSettings | undefined {
  const text = process.env[VARIABLE];
  if (text === undefined) return undefined;
  const { settings, options } = JSON.parse(text) as { settings: TraceSettings; options: [string, string | null][] };
  delete process.env[VARIABLE];
  for (const [name, value] of options) {
    if (value === null) delete process.env[name];
    else process.env[name] = value;
  }
  return settings;
}
