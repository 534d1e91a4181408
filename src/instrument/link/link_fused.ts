/**
 * The fused link: the module imports the device's memory and the task's globals and carries the hooks itself, as
 * compiled from AssemblyScript.
 *
 * Control-flow hooks are copied to every site (site_code.ts), `trace_pc` in the form that keeps a cursor in locals. The
 * others are called: each is one function of the module, so that its size counts once, and a site contains only the
 * check whether comparisons are traced at all. (Copying them too made sql.js with everything traced three times as
 * large and instrumenting it twice as slow.)
 */

import { CURSOR_HOOKS, type HookName, IMPORT_MODULE, TASK_GLOBALS, type TaskGlobalName } from "../../abi/hooks.ts";
import { type CursorHook, INLINE_HOOKS, type InlineHook, isGuarded, looksAtTask } from "../../hooks/pieces.ts";
import { IDLE_GLOBAL } from "../code/idle_code.ts";
import { CURSOR_MARKERS, markerOf } from "../code/marker.ts";
import { CURSORS, hookCode } from "../code/site_code.ts";
import { expandSites, type SiteCode } from "../code/site_expansion.ts";
import { type Indices, renderGuard } from "../code/site_rendering.ts";
import type { Callee } from "../code/value_code.ts";
import { type Expr, functionsOf, isImported, lib, type Name, namePointer, raw } from "../ir/binaryen.ts";
import type { Ir } from "../ir/ir.ts";
import { paramsOf } from "../ir/types.ts";
import { hooksFor, type Settings } from "../options.ts";
import { required } from "../required.ts";
import type { Counters } from "./counters.ts";
import { type Link, visitByCall } from "./link.ts";

/** Imports the memory and globals, and adds the hooks that are functions. */
export function linkFused(ir: Ir, settings: Settings, counters: Counters | undefined): Link {
  const { globals, hooks } = importsOf(settings);
  // Counters outside of device memory need no device.
  const surroundings = surroundWith(ir, globals, hooks.length > 0 || !counters);
  const functions = new Map<HookName, Name>();
  const places = new Map<HookName, number>();
  const defined = countDefined(ir.module);
  for (const hook of hooks) {
    if (isCursorHook(hook) || isInline(hook)) continue;
    const name = ir.name(hook);
    raw.AddFunction(ir.module, name, paramsOf(hook), lib.none, 0, 0, raw.Nop(ir.module));
    places.set(hook, defined + functions.size);
    functions.set(hook, name);
  }
  const call = (hook: HookName, ...operands: Expr[]): Expr => ir.call(required(functions, hook), operands);
  const hasCursor = hooks.some(isCursorHook);
  const mark = (marker: bigint): Expr => raw.GlobalSet(ir.module, surroundings.global("pc_area"), ir.i64(marker));
  const { pcBase } = settings;
  return {
    mode: "fused",
    addedFunctions: 0,
    visit(visit) {
      if (hasCursor) return mark(markerOf(visit));
      return visitByCall(ir, functions.get("__sanitizer_cov_trace_pc"), counters, pcBase, visit);
    },
    hook: (hook) => required(functions, hook),
    cursor: hasCursor ? { load: () => mark(CURSOR_MARKERS.load), check: () => mark(CURSOR_MARKERS.check) } : undefined,
    markPage: (map, address) => raw.GlobalSet(ir.module, map, ir.operand(address)),
    markRange: (map, start, bytes) =>
      call("__kcov_dirty_range", raw.GlobalGet(ir.module, map, lib.i32), ir.operand(start), ir.operand(bytes)),
    complete(binary, plans, globals) {
      const guarded = [...functions.keys()].filter(isGuarded);
      const inlined = hooks.filter(isInline);
      const hasIdle = settings.idle === "fast";
      const isComplete = !hasIdle && !hasCursor && functions.size === 0 && inlined.length === 0 && !counters;
      if (isComplete && !globals.sanitizer) return [binary];
      const code: SiteCode = {
        cursors: hasCursor ? hookCode().cursors() : new Map(),
        bodies: new Map([...places].map(([hook, place]) => [place, hookCode().body(hook)])),
        callees: (indices) => calleesOf(guarded, places, indices),
        tracePc: ({ imported }) => plus(imported.functions, places.get("__sanitizer_cov_trace_pc")),
        inline: (hook) => (inlined.includes(hook) ? hookCode().inline(hook) : undefined),
        counters: (indices) => counters?.code(indices),
        pcBase,
        hasIdle,
      };
      return expandSites(binary, code, plans, globals);
    },
  };
}

function calleesOf(
  hooks: readonly HookName[],
  places: ReadonlyMap<HookName, number>,
  indices: Indices,
): ReadonlyMap<HookName, Callee> {
  return new Map(
    hooks.map((hook) => {
      const [before, after] = renderGuard(hookCode().guard(hook), indices);
      return [hook, { index: indices.imported.functions + required(places, hook), before, after }];
    }),
  );
}

function plus(first: number, place: number | undefined): number | undefined {
  return place === undefined ? undefined : first + place;
}

function countDefined(module: number): number {
  return functionsOf(module).filter((func) => !isImported(func)).length;
}

function isCursorHook(hook: HookName | CursorHook): hook is CursorHook {
  return hook in CURSOR_HOOKS;
}

function isInline(hook: HookName | CursorHook): hook is InlineHook {
  return (INLINE_HOOKS as readonly string[]).includes(hook);
}

/** What traces need, whether or not the module has sites for them: imports depend only on options. */
function importsOf(settings: Settings): { globals: TaskGlobalName[]; hooks: (HookName | CursorHook)[] } {
  const hasCursor = settings.trace.includes("pc") && settings.optimize === "speed";
  const hooks = hooksFor(settings).filter((hook) => !(hasCursor && hook === "__sanitizer_cov_trace_pc"));
  const asked: readonly TaskGlobalName[] = settings.idle === "fast" ? [IDLE_GLOBAL] : [];
  const globals = [...new Set([...hooks.flatMap(globalsOf), ...asked])];
  if (!hasCursor) return { globals, hooks };
  return { globals: [...globals, "pc_area"], hooks: [...CURSORS, ...hooks] };
}

/** The task globals that a hook reads. */
function globalsOf(hook: HookName): TaskGlobalName[] {
  if (!looksAtTask(hook)) return [];
  return hook === "__sanitizer_cov_trace_pc" ? ["mode", "area", "size"] : ["cmp_area"];
}

/** What the module imports from the device. */
interface Surroundings {
  /** The name of a task global inside the module. */
  global(name: TaskGlobalName): Name;
}

function surroundWith(ir: Ir, names: readonly TaskGlobalName[], hasMemory: boolean): Surroundings {
  const memory = ir.name("memory");
  if (hasMemory) raw.AddMemoryImport(ir.module, memory, namePointer(IMPORT_MODULE), namePointer("memory"), 1);
  const globals = new Map<string, Name>();
  for (const name of names) {
    const internal = ir.name(name);
    const type = lib[TASK_GLOBALS[name]];
    raw.AddGlobalImport(ir.module, internal, namePointer(IMPORT_MODULE), namePointer(name), type, 1);
    globals.set(name, internal);
  }
  const global = (name: TaskGlobalName): Name => {
    const internal = globals.get(name);
    if (internal === undefined) throw new Error(`${name} is used, but not imported`);
    return internal;
  };
  return { global };
}
