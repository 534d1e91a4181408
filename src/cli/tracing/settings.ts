/** Settings that the command line passes to the traced program, in an environment variable. */

import { OPTION_VARIABLES } from "../../loader/node/index.ts";
import type { TraceSetup } from "./session.ts";

const VARIABLE = "WASM_KCOV_TRACE";

export interface TraceSettings {
  /** How threads are recorded; undefined if executions are counted. */
  trace: TraceSetup | undefined;
  /** The mailbox's directory. */
  directory: string;
  /** Process id of the command line. */
  server: number;
}

/** @param given the values that the program should see in the variables for options of Node.js */
export function settingsVariable(settings: TraceSettings, given: NodeJS.ProcessEnv): Record<string, string> {
  const options = OPTION_VARIABLES.map((name) => [name, given[name] ?? null] as const);
  return { [VARIABLE]: JSON.stringify({ settings, options }) };
}

/** Called in the program: removes the settings from the environment, and restores it for the program. */
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
