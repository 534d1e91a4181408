/**
 * The fused link: the module imports the device's memory and the task's globals, and every site carries the hook's body
 * itself, as compiled from AssemblyScript.
 */

import { HOOKS, type HookName, IMPORT_MODULE, TASK_GLOBALS } from "../abi/hooks.ts";
import { hooksBinary } from "../hooks/index.ts";
import { type Expr, lib, type Name, namePointer, raw, readModule } from "./binaryen.ts";
import type { Locals, Operand } from "./ir.ts";
import type { Link, LinkContext } from "./link.ts";
import { instantiateTemplate, readTemplate, type Surroundings, type Template } from "./template.ts";

/** Imports the memory and globals and reads the hooks' bodies. */
export function linkFused(context: LinkContext, hooks: readonly HookName[]): Link {
  const { ir, freshName } = context;
  const surroundings: Surroundings = {
    memory: importMemory(context),
    globals: new Map<string, Name>(TASK_GLOBALS.map((name) => [name, importGlobal(context, name)])),
  };
  const templates = readTemplates(hooks);
  void freshName;
  return {
    mode: "fused",
    addedFunctions: 0,
    call(locals: Locals, hook: HookName, operands: readonly Operand[]): Expr {
      const template = templates.get(hook);
      if (!template) throw new Error(`no template for ${hook}`);
      return instantiateTemplate(template, ir, locals, operands, surroundings);
    },
  };
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
