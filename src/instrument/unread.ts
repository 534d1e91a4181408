/** Finds functions that Binaryen need not read: those that filters do not select, which are most of a large module. */

import { FunctionChoice } from "./filters.ts";
import type { Settings } from "./options.ts";
import { readImports } from "./wasm/imports.ts";
import { namesOf, readModuleInfo } from "./wasm/module_info.ts";
import { keepsMemories } from "./wasm/own_memory.ts";
import type { Section } from "./wasm/sections.ts";
import { UnreadBodies } from "./wasm/unread_bodies.ts";

/**
 * The bodies of a valid module that may stay as they are.
 *
 * @returns undefined if all bodies must be read
 */
export function findUnreadBodies(
  bytes: Uint8Array,
  sections: readonly Section[],
  settings: Settings,
): UnreadBodies | undefined {
  const { functions, sanitize, state, link } = settings;
  // Accesses are checked, and pages marked, in all functions.
  if (sanitize !== undefined || state !== undefined || !isFiltered(functions)) {
    return undefined;
  }
  if (link === "fused" && !keepsMemories(bytes, sections)) return undefined;
  const info = readModuleInfo(bytes);
  // Calls of a compiler's hooks are removed from all functions, and then the hooks.
  const imported = Array.from(readImports(bytes, sections), ({ name }) => name);
  const names = [...info.ownNames.values(), ...[...info.exportNames.values()].flat(), ...imported];
  if (names.some((name) => name.startsWith("__sanitizer_cov"))) return undefined;
  const choice = new FunctionChoice(functions);
  return UnreadBodies.of(bytes, sections, (index) => choice.extentOf(index, namesOf(info, index)) === "none");
}

/** Whether there is any filter: an option may be undefined, which is none. */
function isFiltered(functions: Settings["functions"]): boolean {
  return Object.values(functions).some((patterns) => patterns !== undefined && patterns.length > 0);
}
