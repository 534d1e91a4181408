/**
 * Copies of a compiled hook in other modules. A hook's body is read once into a template, a tree of builders
 * (template_reader.ts); the builders make the same code with operands for the parameters, temporaries of a function
 * for the locals, the locals of a cursor for the hooks' own globals, and a branch out of the copy for `return`.
 *
 * Rejected alternatives: Binaryen's `inlining` pass runs over the whole module, cannot be kept to the hooks without
 * touching the module's own functions, and costs several times as much; BinaryenExpressionCopy leaves labels that are not
 * unique in the function, and names of the module that it was copied from.
 */

import { HOOKS, type HookName } from "../../src/abi/hooks.ts";
import { type Expr, lib, type Name, raw, type Type } from "../../src/instrument/ir/binaryen.ts";
import { type Ir, Locals, type Operand } from "../../src/instrument/ir/ir.ts";
import { paramsOf } from "../../src/instrument/ir/types.ts";

/** What the hooks' imports are in the instrumented module. */
export interface Surroundings {
  memory: Name;
  /** A task global by the name that hooks import it under. */
  global(name: string): Name;
}

/** A hook, ready to be copied. */
export interface Template {
  body: Build;
  /** Labels that each copy needs. */
  labels: number;
  /** Locals after the parameters; those that are read before they are written begin as 0, as in a call. */
  locals: readonly { type: Type; zero: boolean }[];
  /** What the hook tests first, without any operand, to do nothing where it holds. */
  guard: Build | undefined;
  /** Index of the label after the copy, for `return`; undefined where there is none. */
  exit: number | undefined;
}

/** One copy being made. */
export interface Site {
  ir: Ir;
  operands: readonly Operand[];
  locals: readonly number[];
  labels: readonly Name[];
  surroundings: Surroundings;
  /** The local of the site's function that stands for a global of the hooks. */
  register(name: string, type: Type): number;
}

export type Build = (site: Site) => Expr;

/** Makes the code of one site. */
export function instantiateTemplate(
  template: Template,
  ir: Ir,
  locals: Locals,
  operands: readonly Operand[],
  surroundings: Surroundings,
): Expr {
  const used = new Map<Type, number>();
  const temporaries = template.locals.map(({ type }) => {
    const k = used.get(type) ?? 0;
    used.set(type, k + 1);
    return locals.temporary(type, "hook", k);
  });
  const labels = Array.from({ length: template.labels }, () => ir.label());
  const register = (name: string, type: Type): number => locals.temporary(type, `register ${name}`);
  const body = template.body({ ir, operands, locals: temporaries, labels, surroundings, register });
  const zeros = template.locals.flatMap(({ type, zero }, k) =>
    zero ? [ir.set(temporaries[k] ?? 0, ir.operand({ type, const: 0n }))] : [],
  );
  const exit = template.exit === undefined ? 0 : (labels[template.exit] ?? 0);
  return exit === 0 && zeros.length === 0 ? body : ir.block(exit, lib.none, ...zeros, body);
}

/** Adds a hook to a module as a function, after those that it has. */
export function addHook(ir: Ir, name: Name, hook: HookName, template: Template, surroundings: Surroundings): void {
  const func = raw.AddFunction(ir.module, name, paramsOf(hook), lib.none, 0, 0, raw.Nop(ir.module));
  const operands = HOOKS[hook].map((type, local): Operand => ({ type: lib[type], local }));
  ir.beginFunction();
  raw.FunctionSetBody(func, instantiateTemplate(template, ir, new Locals(func), operands, surroundings));
}

/** A condition that holds where a hook goes on after what it tests first. */
export function instantiateGuard({ guard }: Template, ir: Ir, surroundings: Surroundings): Expr {
  if (!guard) return ir.i32(1);
  return ir.not(guard({ ir, operands: [], locals: [], labels: [], surroundings, register: () => 0 }));
}
