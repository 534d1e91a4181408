/** The import link: every site calls a hook that the module imports, so that any engine can run the module. */

import { type HookName, IMPORT_MODULE, TASK_GLOBALS } from "../../abi/hooks.ts";
import { IDLE_GLOBAL } from "../code/idle_code.ts";
import { expandSites, type SiteCode } from "../code/site_expansion.ts";
import { type Expr, lib, type Name, namePointer, raw } from "../ir/binaryen.ts";
import type { Ir, Operand } from "../ir/ir.ts";
import { paramsOf } from "../ir/types.ts";
import { hooksFor, type Settings } from "../options.ts";
import { required } from "../required.ts";
import type { Counters } from "./counters.ts";
import { type Link, visitByCall } from "./link.ts";

/** Imports the hooks that the options may need, whether or not a site calls them: imports depend only on options. */
export function linkImport(ir: Ir, settings: Settings, counters: Counters | undefined): Link {
  const hooks = hooksFor(settings);
  const names = new Map<HookName, Name>();
  for (const hook of hooks) {
    const internal = ir.name(hook);
    const base = namePointer(hook);
    raw.AddFunctionImport(ir.module, internal, namePointer(IMPORT_MODULE), base, paramsOf(hook), lib.none);
    names.set(hook, internal);
  }
  const call = (hook: HookName, operands: readonly Operand[]): Expr =>
    ir.call(
      required(names, hook),
      operands.map((operand) => ir.operand(operand)),
    );
  const { trace, pcBase } = settings;
  const hasIdle = settings.idle === "fast";
  if (hasIdle) {
    const [module, base] = [namePointer(IMPORT_MODULE), namePointer(IDLE_GLOBAL)];
    raw.AddGlobalImport(ir.module, ir.name(IDLE_GLOBAL), module, base, lib[TASK_GLOBALS[IDLE_GLOBAL]], 1);
  }
  const tracePc = names.get("__sanitizer_cov_trace_pc");
  const expands = hasIdle || trace.some((each) => each !== "pc");
  return {
    mode: "import",
    addedFunctions: hooks.length,
    visit: (visit) => visitByCall(ir, tracePc, counters, pcBase, visit),
    hook: (hook) => required(names, hook),
    cursor: undefined,
    markPage: (map, address) => call("__kcov_dirty_page", [{ type: lib.i32, global: map }, address]),
    markRange: (map, start, bytes) => call("__kcov_dirty_range", [{ type: lib.i32, global: map }, start, bytes]),
    complete: (binary, plans, globals) =>
      expands || globals.sanitizer ? expandSites(binary, codeFor(settings, counters), plans, globals) : [binary],
  };
}

/** The code of sites, which only consists of calls of imports. */
function codeFor(settings: Settings, counters: Counters | undefined): SiteCode {
  return {
    cursors: new Map(),
    bodies: new Map(),
    callees: ({ functions }) =>
      new Map(
        hooksFor(settings).map((hook) => [hook, { index: required(functions, hook), before: NONE, after: NONE }]),
      ),
    // If the module itself had an import of the same name, that is not the pass's.
    tracePc: ({ functions }) => (settings.trace.includes("pc") ? functions.get("__sanitizer_cov_trace_pc") : undefined),
    inline: () => undefined,
    counters: (indices) => counters?.code(indices),
    pcBase: settings.pcBase,
    hasIdle: settings.idle === "fast",
  };
}

const NONE = new Uint8Array(0);
