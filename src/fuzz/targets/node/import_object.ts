/** The import object that a user's module provides. */

import { pathToFileURL } from "node:url";
import { TargetError } from "../../../errors.ts";

/**
 * Loads an import object: the module's default export, or else its named exports.
 *
 * @param path absolute
 * @throws {TargetError} ERR_TARGET_IMPORT: the module cannot be loaded, or its export is not an object
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
    throw new TargetError("ERR_TARGET_IMPORT", `--imports ${path}: its default export is not an import object`);
  }
  return imports as WebAssembly.Imports;
}
