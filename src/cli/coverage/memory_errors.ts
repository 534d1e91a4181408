/** Formats what `coverage --sanitize` has found, one line each, with the location in the sources. */

import type { ReadProfiles } from "../../coverage/node/read_profiles.ts";
import { nodeSourceAccess } from "../../coverage/node/source_access.ts";
import { createLocator } from "../../coverage/sources/locator.ts";
import { readModuleInfo } from "../../instrument/wasm/module_info.ts";

/** Formats lines like those that begin and sum up AddressSanitizer's reports. */
export async function describeMemoryErrors({ memoryErrors, modules }: ReadProfiles): Promise<string[]> {
  if (memoryErrors.length === 0) return [];
  const { demangle, files } = nodeSourceAccess(process.cwd());
  // A pc is an offset in its module, but the error does not say which module that is.
  const [only, ...others] = modules;
  const original = only !== undefined && others.length === 0 ? await only.original() : undefined;
  const locator = original && createLocator(original, { files, demangle, locations: only?.locations ?? [] });
  const ownName = original && readModuleInfo(original).name;
  return memoryErrors.map(({ what, pc, functions }) => {
    const found = pc === 0 ? undefined : locator?.locate(pc);
    const place = found === undefined ? "" : ` at ${found.file}:${found.line}`;
    const names = functions.filter((name) => !ADDED.test(name)).map((name) => demangle(withoutModule(name, ownName)));
    return `ERROR: AddressSanitizer: ${what}${place}${names.length > 0 ? ` in ${names.slice(0, MAX_FRAMES).join(" < ")}` : ""}`;
  });
}

/** The most functions that are named, innermost first. */
const MAX_FRAMES = 4;

/** Functions that instrumentation has added to the module. */
const ADDED = /(^|\.)kcov\.[a-z_]+\./;

/** Removes the module's own name, with which engines prefix function names. */
function withoutModule(name: string, module: string | undefined): string {
  return module && name.startsWith(`${module}.`) ? name.slice(module.length + 1) : name;
}
