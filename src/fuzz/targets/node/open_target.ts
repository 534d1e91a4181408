/** Opens a target by its path. */

import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { TargetError } from "../../../errors.ts";
import { Kcov } from "../../../runtime/kcov.ts";
import type { FuzzTarget } from "../../engine.ts";
import { ModuleTarget } from "../module_target.ts";
import type { TargetOptions } from "../options.ts";
import { instrumentNow, prepareModule } from "../prepare.ts";

/**
 * Opens what is to be fuzzed: a `.wasm` file, instrumented if it is not yet. Its initialisation has run when the
 * promise is fulfilled.
 *
 * @throws {TargetError} it cannot be fuzzed as the options say
 * @throws {InstrumentError} it cannot be instrumented
 */
export async function openTarget(path: string, options: TargetOptions = {}): Promise<FuzzTarget> {
  const binary = await readModule(path);
  const prepared = await prepareModule(basename(path), binary, options, instrumentNow);
  const kcov = options.kcov ?? (await Kcov.create());
  return new ModuleTarget(prepared, kcov, options);
}

async function readModule(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    throw new TargetError("ERR_TARGET", `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
