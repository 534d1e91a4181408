/** Import objects for instrumented modules: the program's own imports, and those that the pass added. */

import { readCounterImport, WASI_MODULE } from "../abi/counters.ts";
import { COUNTERS_INIT, DIRTY_MAP_INIT, HOOKS, IMPORT_MODULE, OWN_MEMORY, TASK_GLOBALS } from "../abi/hooks.ts";
import { createOwnMemory } from "../runtime/own_memory.ts";
import type { LoaderImports } from "./options.ts";
import { apply, create, get, getOwnPropertyDescriptor, isObject, ProxyOf, startsWith } from "./primordials.ts";

/** Whether the pass added an import. */
export function isAdded(module: string, name: string, added: LoaderImports): boolean {
  return module === IMPORT_MODULE && (name in added.kcov || startsWith(name, OWN_MEMORY));
}

/**
 * Whether an import is one of instrumented modules, or of compiled hooks, for any device: even that of another copy of
 * this library.
 */
export function isOfDevice({ module, name, kind }: WebAssembly.ModuleImportDescriptor): boolean {
  if (module !== IMPORT_MODULE) return false;
  if (kind === "global" && isOwn(TASK_GLOBALS, name)) return true;
  if (kind === "function" && (isOwn(HOOKS, name) || name === COUNTERS_INIT || name === DIRTY_MAP_INIT)) return true;
  return startsWith(name, OWN_MEMORY) || readCounterImport(name) !== undefined;
}

function isOwn(names: object, name: string): boolean {
  return getOwnPropertyDescriptor(names, name) !== undefined;
}

/**
 * The program's import object with the device's imports added. The engine reads imports only by their names, in the
 * order of the module; each read is forwarded to the program's object, so that its getters, private members and traps
 * see what they would have seen.
 *
 * @param imports undefined for a module that has no imports of its own
 * @param Memory the constructor of the realm to which the memories of its instances belong
 */
export function mergeImports(
  imports: object | undefined,
  added: LoaderImports,
  Memory: typeof WebAssembly.Memory,
): WebAssembly.Imports {
  const kcov = (): object =>
    new ProxyOf(
      create(null),
      traps((name) => (isAdded(IMPORT_MODULE, name, added) ? device(name) : ofProgram(name))),
    );
  const device = (name: string): unknown =>
    startsWith(name, OWN_MEMORY) ? createOwnMemory(name, Memory) : get(added.kcov, name);
  const ofProgram = (name: string): unknown => {
    const own = imports && get(imports, IMPORT_MODULE);
    return isObject(own) ? get(own, name) : undefined;
  };
  return new ProxyOf(
    create(null),
    traps((name) => (name === IMPORT_MODULE ? kcov() : imports && get(imports, name))),
  ) as WebAssembly.Imports;
}

/** A handler that answers reads. Its prototype is null: nothing in a program's `Object.prototype` becomes a trap. */
function traps(read: (name: string) => unknown): ProxyHandler<object> {
  const handler = create(null) as ProxyHandler<object>;
  handler.get = (_target, name) => read(name as string);
  return handler;
}

const WASI_MODULES: Readonly<Record<string, true>> = { [WASI_MODULE]: true, wasi_unstable: true };

/**
 * Whether a module with several memories must not import native functions: V8 12, that of Node.js 22, then ends the
 * process ("Fast API does not support multiple memories yet"). Those of node:wasi are native.
 */
export function needsPlainFunctions(): boolean {
  const { process } = globalThis as { process?: { versions?: { v8?: string } } };
  return process?.versions?.v8?.startsWith("12.") ?? false;
}

/** An import object whose WASI functions are wrapped in JavaScript functions. */
export function withPlainFunctions(imports: object | undefined): object | undefined {
  if (imports === undefined) return undefined;
  return new ProxyOf(
    create(null),
    traps((module) => {
      const functions = get(imports, module);
      return WASI_MODULES[module] && isObject(functions)
        ? new ProxyOf(
            create(null),
            traps((name) => plain(get(functions, name))),
          )
        : functions;
    }),
  );
}

/** The same functions, wrapped in JavaScript functions. */
export function plainFunctions<T extends object>(functions: T): T {
  const wrapped = create(null) as Record<string, unknown>;
  for (const name of Object.keys(functions)) wrapped[name] = plain((functions as Record<string, unknown>)[name]);
  return wrapped as T;
}

function plain(value: unknown): unknown {
  return typeof value === "function" ? (...args: unknown[]) => apply(value as never, undefined, args) : value;
}
