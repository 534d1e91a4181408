/** The import object that a user's module provides. */

import { pathToFileURL } from "node:url";
import { TargetError } from "../../../errors.ts";

/**
 * The default export is the import object, or else the named exports are.
 *
 * @param path absolute
 * @throws {TargetError} ERR_TARGET_IMPORT: it cannot be loaded, or what it exports is no object
 */
export async function loadImportObject(path: string): Promise<WebAssembly.Imports> {
  let module: Record<string, unknown>;
  try {
    module = await import(pathToFileURL(path).href);
  } catch (error) {
    const [reason] = String((error as Error)?.message ?? error).split("\n", 1);
    throw new TargetError("ERR_TARGET_IMPORT", `--imports ${path}: ${reason}`, { cause: error });
  }
  const imports = module.default ?? module;
  if (typeof imports !== "object" || imports === null) {
    throw new TargetError("ERR_TARGET_IMPORT", `--imports ${path}: its default export is no import object`);
  }
  return imports as WebAssembly.Imports;
}
