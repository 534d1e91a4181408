/** Runs a JavaScript program as the program of a side. */

import { statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { installLoader } from "../../loader/index.ts";
import { fileFailure } from "../failure.ts";
import type { Instrumenting } from "./instrumenting.ts";
import type { AreaRecorder } from "./recorder.ts";
import type { Workload } from "./side.ts";

/**
 * Loads, and thereby runs, a program. Every module that it loads now or later is instrumented.
 *
 * @returns its export `run`, or its default export; undefined if neither is a function
 * @throws {Failure} there is no such file
 */
export async function loadScript(
  { path, args }: Extract<Workload, { kind: "script" }>,
  instrumenting: Instrumenting,
  recorder: AreaRecorder,
): Promise<(() => unknown) | undefined> {
  const file = resolve(path);
  try {
    statSync(file);
  } catch (error) {
    throw fileFailure("read", path, error);
  }
  installLoader({ imports: recorder.kcov.imports, transform: (binary) => instrumenting.transform(binary) });
  process.argv = [process.execPath, file, ...args];
  const exported = (await import(pathToFileURL(file).href)) as { run?: unknown; default?: unknown };
  const run = exported.run ?? exported.default;
  return typeof run === "function" ? (run as () => unknown) : undefined;
}
