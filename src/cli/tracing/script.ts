/** Tracing a JavaScript program: it runs in this process, and every module that it loads is instrumented. */

import { statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { installLoader } from "../../loader/index.ts";
import { EXIT_FAILURE, fileFailure } from "../failure.ts";
import { say, sayLines } from "../io.ts";
import type { TraceSession } from "./session.ts";
import { traceWorkers } from "./workers.ts";

/**
 * Runs a program as `node path args…` would. The report is made when the process exits, however it does: the program
 * may go on after its module has been evaluated, or call `process.exit`.
 *
 * @param report writes the report; must not wait for anything
 * @throws {Failure} there is no such file
 */
export async function traceScript(
  path: string,
  args: readonly string[],
  session: TraceSession,
  report: () => void,
): Promise<void> {
  const file = resolve(path);
  try {
    statSync(file);
  } catch (error) {
    throw fileFailure("read", path, error);
  }
  installLoader({
    imports: session.kcov.imports,
    transform: (binary, source) => session.instrumenter.transform(binary, source),
  });
  traceWorkers(session);
  process.argv = [process.execPath, file, ...args];
  process.once("exit", () => {
    report();
    if (session.modules.length === 0) say(`wasm-kcov: ${path} loaded no WebAssembly module that could be traced`);
  });
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    // The program's own failure: what Node would print, and its exit code.
    sayLines(error instanceof Error ? (error.stack ?? error.message) : `Uncaught ${String(error)}`);
    process.exitCode = EXIT_FAILURE;
  }
}
