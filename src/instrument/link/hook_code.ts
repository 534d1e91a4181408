/** What comes of the hooks' module, which is the same for all modules that are instrumented: made when it is first needed. */

import { CURSOR_HOOKS, HOOKS, type HookName } from "../../abi/hooks.ts";
import { hooksBinary } from "../../hooks/index.ts";
import { required } from "../code/required.ts";
import {
  type Code,
  type CursorHook,
  compileCursors,
  compileGuards,
  compileInline,
  type InlineHook,
} from "../code/site_code.ts";
import type { Template } from "../code/template.ts";
import { readTemplate } from "../code/template_reader.ts";
import { raw, readModule } from "../ir/binaryen.ts";

type AnyHook = HookName | CursorHook;

const templates = new Map<AnyHook, Template>();
const guards = new Map<HookName, Code>();
const inlines = new Map<InlineHook, Code>();
let cursors: ReadonlyMap<CursorHook, Code> | undefined;

/** The names of the hooks that keep a cursor. */
export const CURSORS = Object.keys(CURSOR_HOOKS) as CursorHook[];

/** Reads hooks, all at once: the module is read for that. */
export function readTemplates(hooks: readonly AnyHook[]): void {
  const missing = hooks.filter((hook) => !templates.has(hook));
  if (missing.length === 0) return;
  const module = readModule(
    hooksBinary(),
    raw.FeatureAtomics() | raw.FeatureBulkMemory() | raw.FeatureMutableGlobals(),
  );
  const signatures: Record<AnyHook, readonly string[]> = { ...HOOKS, ...CURSOR_HOOKS };
  try {
    for (const hook of missing) templates.set(hook, readTemplate(module, hook, signatures[hook].length));
  } finally {
    raw.ModuleDispose(module);
  }
}

/** A hook, to be copied. */
export function templateOf(hook: AnyHook): Template {
  readTemplates([hook]);
  return required(templates, hook);
}

/** The code of a hook that is copied to every site. */
export function inlineCode(hook: InlineHook): Code {
  const known = inlines.get(hook);
  if (known) return known;
  const code = compileInline(hook, templateOf(hook));
  inlines.set(hook, code);
  return code;
}

/** The code of the hooks that keep a cursor. */
export function cursorCode(): ReadonlyMap<CursorHook, Code> {
  readTemplates(CURSORS);
  cursors ??= compileCursors(new Map(CURSORS.map((hook) => [hook, templateOf(hook)])));
  return cursors;
}

/** What each of some hooks does first. */
export function guardCode(hooks: readonly HookName[]): ReadonlyMap<HookName, Code> {
  const missing = hooks.filter((hook) => !guards.has(hook));
  if (missing.length === 0) return guards;
  const compiled = compileGuards(new Map(missing.map((hook) => [hook, templateOf(hook)])));
  for (const [hook, code] of compiled) guards.set(hook, code);
  return guards;
}
