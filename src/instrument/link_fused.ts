/**
 * The fused link: the module imports the device's memory and the task's globals and carries the hooks itself, as
 * compiled from AssemblyScript.
 *
 * `trace_pc` is copied to every site. The others are called: each is one function of the module, so that its size counts
 * once, and a site carries what the hook does first, to see whether comparisons are traced at all. (Copying them too
 * made sql.js with everything traced three times as large and instrumenting it twice as slow.)
 */

import { HOOKS, type HookName, IMPORT_MODULE, TASK_GLOBALS } from "../abi/hooks.ts";
import { hooksBinary } from "../hooks/index.ts";
import { type Expr, lib, type Name, namePointer, raw, readModule } from "./binaryen.ts";
import { type Ir, Locals, type Operand } from "./ir.ts";
import { type Link, type LinkContext, paramsOf } from "./link.ts";
import {
  Copies,
  instantiateGuard,
  instantiateTemplate,
  readTemplate,
  type Surroundings,
  type Template,
} from "./template.ts";

/** Hooks that are copied to every site. */
const INLINED: ReadonlySet<HookName> = new Set([
  "__sanitizer_cov_trace_pc",
  "__sanitizer_cov_8bit_counter",
  "__sanitizer_cov_bool_flag",
  "__kcov_dirty_page",
]);

/** Imports the memory and globals and reads the hooks' bodies. */
export function linkFused(context: LinkContext, hooks: readonly HookName[]): Link {
  const { ir, freshName } = context;
  const surroundings: Surroundings = {
    memory: importMemory(context),
    globals: new Map<string, Name>(TASK_GLOBALS.map((name) => [name, importGlobal(context, name)])),
  };
  const templates = readTemplates(hooks);
  const functions = new Map<HookName, Name>();
  const copies = new Map<HookName, Copies>();
  for (const [hook, template] of templates) {
    if (INLINED.has(hook)) {
      copies.set(hook, new Copies(template, ir, surroundings));
      continue;
    }
    const name = freshName(`kcov.${hook}`);
    addFunction(ir, name, hook, template, surroundings);
    functions.set(hook, name);
  }
  return {
    mode: "fused",
    addedFunctions: 0,
    call(locals: Locals, hook: HookName, operands: readonly Operand[]): Expr {
      const template = templates.get(hook);
      if (!template) throw new Error(`${hook} is not asked for by the options`);
      const func = functions.get(hook);
      const [pc] = operands;
      if (func === undefined && pc && "const" in pc) return copyOf(copies, hook).at(locals, pc.const);
      if (func === undefined) return instantiateTemplate(template, ir, locals, operands, surroundings);
      const values = operands.map((operand) => ir.operand(operand));
      return instantiateGuard(template, ir, ir.call(func, values), surroundings);
    },
  };
}

function copyOf(copies: ReadonlyMap<HookName, Copies>, hook: HookName): Copies {
  const found = copies.get(hook);
  if (!found) throw new Error(`${hook} is not asked for by the options`);
  return found;
}

/** Adds a hook to the module, behind its own functions. */
function addFunction(ir: Ir, name: Name, hook: HookName, template: Template, surroundings: Surroundings): void {
  const func = raw.AddFunction(ir.module, name, paramsOf(hook), lib.none, 0, 0, raw.Nop(ir.module));
  const operands = HOOKS[hook].map((type, local): Operand => ({ type: lib[type], local }));
  ir.beginFunction();
  raw.FunctionSetBody(func, instantiateTemplate(template, ir, new Locals(func), operands, surroundings));
}

function importMemory({ ir, freshName }: LinkContext): Name {
  const memory = freshName("kcov.memory");
  raw.AddMemoryImport(ir.module, memory, namePointer(IMPORT_MODULE), namePointer("memory"), 1);
  return memory;
}

function importGlobal({ ir, freshName }: LinkContext, name: string): Name {
  const internal = freshName(`kcov.${name}`);
  raw.AddGlobalImport(ir.module, internal, namePointer(IMPORT_MODULE), namePointer(name), lib.i32, 1);
  return internal;
}

function readTemplates(hooks: readonly HookName[]): Map<HookName, Template> {
  const module = readModule(
    hooksBinary(),
    raw.FeatureAtomics() | raw.FeatureBulkMemory() | raw.FeatureMutableGlobals(),
  );
  try {
    return new Map(hooks.map((hook) => [hook, readTemplate(module, hook, HOOKS[hook].length)]));
  } finally {
    raw.ModuleDispose(module);
  }
}
