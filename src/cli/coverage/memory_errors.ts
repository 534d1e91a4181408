/** What `coverage --sanitize` has found, a line each, with its place in the sources. */

import type { ReadProfiles } from "../../coverage/node/read_profiles.ts";
import { nodeSourceAccess } from "../../coverage/node/source_access.ts";
import { createLocator } from "../../coverage/sources/locator.ts";
import { readModuleInfo } from "../../instrument/wasm/module_info.ts";

/** Lines as AddressSanitizer begins and sums up its reports. */
export async function describeMemoryErrors({ memoryErrors, modules }: ReadProfiles): Promise<string[]> {
  if (memoryErrors.length === 0) return [];
  const { demangle, files } = nodeSourceAccess(process.cwd());
  // An offset is one in its module, and which that is an error does not say.
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

/** Functions that are named, innermost first. */
const MAX_FRAMES = 4;

/** What instrumentation has added to the module. */
const ADDED = /(^|\.)kcov\.[a-z_]+\./;

/** Engines put the module's own name in front. */
function withoutModule(name: string, module: string | undefined): string {
  return module && name.startsWith(`${module}.`) ? name.slice(module.length + 1) : name;
}
