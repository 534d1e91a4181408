/** Contexts of node:vm: each is a realm with a `WebAssembly` of its own. */

import vm from "node:vm";
import { apply, getOwnPropertyDescriptor, isObject } from "../primordials.ts";
import { replace } from "../replace.ts";

/** Options of functions that create a context among other things, and their names for `createContext`. */
const CONTEXT_OPTIONS = [
  ["contextName", "name"],
  ["contextOrigin", "origin"],
  ["contextCodeGeneration", "codeGeneration"],
  ["microtaskMode", "microtaskMode"],
] as const;

/**
 * Passes the `WebAssembly` of every context that is created from now on to `found`, before any code runs in it.
 *
 * @returns a function that restores the functions of node:vm
 */
export function replaceContexts(found: (namespace: typeof WebAssembly) => void): () => void {
  const { createContext, runInContext, isContext } = vm;
  const show = (context: unknown): void => {
    // If the program has put something else in its place, that stays as it is.
    if (!isObject(context) || (getOwnPropertyDescriptor(context, "WebAssembly") !== undefined && !isVanilla(context)))
      return;
    const namespace = runInContext("globalThis.WebAssembly", context as vm.Context) as typeof WebAssembly | undefined;
    if (namespace !== undefined) found(namespace);
  };
  const isVanilla = (context: object): boolean => {
    // A context that is its own global (vm.constants.DONT_CONTEXTIFY) has all globals as its properties.
    return getOwnPropertyDescriptor(context, "Array") !== undefined;
  };
  const create = (target: never, self: unknown, args: unknown[]): unknown => {
    const isNew = !isObject(args[0]) || !isContext(args[0]);
    const context = apply(target, self, args);
    if (isNew) show(context);
    return context;
  };
  /** Creates the context first: the original function then finds that there is one. */
  const createFor = (object: unknown, options: unknown): unknown => {
    if (isObject(object) && isContext(object)) return object;
    const context = createContext(object as vm.Context, contextOptions(options));
    show(context);
    return context;
  };
  const undo = [
    replace(vm, "createContext", create as never),
    replace(vm, "runInNewContext", (target, self, [code, object, options]) =>
      apply(target, self, [code, createFor(object, options), options]),
    ),
    replace(vm.Script.prototype, "runInNewContext", (target, self, [object, options]) =>
      apply(target, self, [createFor(object, options), options]),
    ),
  ];
  return () => {
    for (const each of undo) each();
  };
}

function contextOptions(options: unknown): vm.CreateContextOptions {
  if (!isObject(options)) return {};
  const given = options as Record<string, unknown>;
  return Object.fromEntries(
    CONTEXT_OPTIONS.filter(([from]) => given[from] !== undefined).map(([from, to]) => [to, given[from]]),
  );
}
