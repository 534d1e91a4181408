/** The functions of one realm's `WebAssembly` that load modules, replaced. */

import { IMPORT_MODULE } from "../abi/hooks.ts";
import { isAdded, mergeImports, needsPlainFunctions, withPlainFunctions } from "./imports.ts";
import { compiledOriginal, Later, type Loaded, type LoadedModules } from "./modules.ts";
import type { Caller } from "./options.ts";
import { apply, chain, construct, get, has, isObject } from "./primordials.ts";
import { type Fn, type Replacement, replace, replaceConstructor, replaceValue } from "./replace.ts";
import { receive } from "./response.ts";

type Namespace = typeof WebAssembly;
type Args = unknown[];

/**
 * Replaces the functions that load modules in a realm. Each replacement is a proxy of the engine's function, so that
 * names, lengths and prototypes are the engine's, and errors come from it.
 *
 * @returns a function that restores everything that nobody else has replaced since
 */
export function replaceIn(namespace: Namespace, modules: LoadedModules): () => void {
  const { Module, Instance, Memory } = namespace;
  // Promises that the program gets are of its realm: those of another one are made by its own functions, at once.
  const loading = new RealmLoading(modules, Memory, namespace === globalThis.WebAssembly);
  const undo = [
    replace(namespace, "compile", loading.compile),
    replace(namespace, "instantiate", loading.instantiate),
    replace(namespace, "compileStreaming", loading.compileStreaming),
    replace(namespace, "instantiateStreaming", loading.instantiateStreaming),
    replace(Module, "imports", loading.moduleImports),
    replace(Module, "exports", loading.aboutOriginal),
    replace(Module, "customSections", loading.aboutOriginal),
    replaceConstructor(namespace, "Module", loading.newModule),
    replaceConstructor(namespace, "Instance", loading.newInstance),
    replaceValue(Module.prototype, "constructor", () => namespace.Module),
    replaceValue(Instance.prototype, "constructor", () => namespace.Instance),
  ];
  return () => {
    for (let index = undo.length - 1; index >= 0; index--) undo[index]?.();
  };
}

/** Implements the replacements. */
class RealmLoading {
  readonly #modules: LoadedModules;
  readonly #Memory: typeof WebAssembly.Memory;
  readonly #mayWait: boolean;
  readonly #needsPlainFunctions = needsPlainFunctions();

  /** @param mayWait whether promises of this realm are those of the program */
  constructor(modules: LoadedModules, Memory: typeof WebAssembly.Memory, mayWait: boolean) {
    this.#modules = modules;
    this.#Memory = Memory;
    this.#mayWait = mayWait;
  }

  readonly compile: Replacement = (target, self, args) => {
    const loaded = this.#load(args[0], this.#modules.caller());
    if (!(loaded instanceof Later)) return this.#compile(target, self, args, loaded);
    const copied = withFirst(args, loaded.original);
    return chain(loaded.loaded, (known) => this.#compile(target, self, copied, known));
  };

  readonly newModule: Replacement = (target, newTarget, args) => {
    const loaded = this.#modules.load(args[0], this.#modules.caller());
    if (loaded === undefined) return construct(target, args, newTarget as never);
    const module = construct(target, withFirst(args, loaded.binary), newTarget as never) as WebAssembly.Module;
    return this.#modules.remember(module, loaded, args[1]);
  };

  readonly instantiate: Replacement = (target, self, args) => {
    const modules = this.#modules;
    const known = modules.get(args[0]);
    if (known !== undefined) return apply(target, self, this.#withImports(args, known));
    const loaded = this.#load(args[0], modules.caller());
    if (!(loaded instanceof Later)) return this.#instantiate(target, self, args, loaded);
    const copied = withFirst(args, loaded.original);
    return chain(loaded.loaded, (found) => this.#instantiate(target, self, copied, found));
  };

  readonly newInstance: Replacement = (target, newTarget, args) => {
    const loaded = this.#modules.get(args[0]);
    return construct(target, loaded ? this.#withImports(args, loaded) : args, newTarget as never);
  };

  readonly compileStreaming: Replacement = (target, self, args) => {
    const caller = this.#modules.caller();
    if (caller.isHost) return apply(target, self, args);
    return this.#compileReceived(target, self, args, (bytes, url) => this.#load(bytes, caller, url));
  };

  readonly instantiateStreaming: Replacement = (target, self, args) => {
    const caller = this.#modules.caller();
    if (caller.isHost) return apply(target, self, args);
    return this.#instantiateReceived(target, self, args, (bytes, url) => this.#load(bytes, caller, url));
  };

  /** Answers a query about a transformed module for its original. */
  readonly aboutOriginal: Replacement = (target, self, args) => {
    const loaded = this.#modules.get(args[0]);
    const original = loaded && compiledOriginal(loaded);
    return apply(target, self, original ? withFirst(args, original) : args);
  };

  /** The same for imports; for a module that another thread has transformed, its imports without the added ones. */
  readonly moduleImports: Replacement = (target, self, args) => {
    const loaded = this.#modules.get(args[0]);
    if (loaded === undefined || loaded.original !== undefined) return this.aboutOriginal(target, self, args);
    const all = apply(target, self, args) as WebAssembly.ModuleImportDescriptor[];
    let kept = 0;
    for (let index = 0; index < all.length; index++) {
      const entry = all[index] as WebAssembly.ModuleImportDescriptor;
      if (!isAdded(entry.module, entry.name, this.#modules.imports)) all[kept++] = entry;
    }
    all.length = kept;
    return all;
  };

  #load(source: unknown, caller: Caller, url?: string): Loaded | Later | undefined {
    return this.#mayWait ? this.#modules.loadLater(source, caller, url) : this.#modules.load(source, caller, url);
  }

  #compile(target: Fn, self: unknown, args: Args, loaded: Loaded | undefined): unknown {
    if (loaded === undefined) return apply(target, self, args);
    const compiled = apply(target, self, withFirst(args, loaded.binary)) as Promise<WebAssembly.Module>;
    return chain(compiled, (module) => this.#modules.remember(module, loaded, args[1]));
  }

  #instantiate(target: Fn, self: unknown, args: Args, loaded: Loaded | undefined): unknown {
    if (loaded === undefined) return apply(target, self, args);
    const instantiated = apply(target, self, this.#withImports(withFirst(args, loaded.binary), loaded));
    return chain(instantiated as Promise<WebAssembly.WebAssemblyInstantiatedSource>, (result) => {
      this.#modules.remember(result.module, loaded, args[2]);
      return result;
    });
  }

  async #compileReceived(target: Fn, self: unknown, args: Args, load: Load): Promise<WebAssembly.Module> {
    const { response, loaded } = await receive(args[0], load);
    const module = (await apply(target, self, withFirst(args, response))) as WebAssembly.Module;
    return loaded ? this.#modules.remember(module, loaded, args[1]) : module;
  }

  async #instantiateReceived(
    target: Fn,
    self: unknown,
    args: Args,
    load: Load,
  ): Promise<WebAssembly.WebAssemblyInstantiatedSource> {
    const { response, loaded } = await receive(args[0], load);
    const given = withFirst(args, response);
    const result = await apply(target, self, loaded ? this.#withImports(given, loaded) : given);
    const { module } = result as WebAssembly.WebAssemblyInstantiatedSource;
    if (loaded) this.#modules.remember(module, loaded, args[2]);
    return result as WebAssembly.WebAssemblyInstantiatedSource;
  }

  /** The arguments with the device's imports. An invalid or missing import object is left to the engine to refuse. */
  #withImports(args: Args, { hasImports, hooks }: Loaded): Args {
    const given = args[1];
    if (given === undefined ? hasImports : !isObject(given)) return args;
    if (hooks !== undefined && hasHooks(given, hooks)) return args;
    const imports = this.#needsPlainFunctions ? withPlainFunctions(given as object) : (given as object);
    const changed = withFirst(args, args[0]);
    changed[1] = mergeImports(imports, this.#modules.imports, this.#Memory);
    return changed;
  }
}

/** Whether the program itself provides a module's imports from a device: then it has instrumented the module, too. */
function hasHooks(imports: unknown, hooks: readonly string[]): boolean {
  const own = isObject(imports) ? get(imports, IMPORT_MODULE) : undefined;
  for (let index = 0; index < hooks.length; index++) if (!isObject(own) || !has(own, hooks[index] ?? "")) return false;
  return true;
}

type Load = (bytes: Uint8Array<ArrayBuffer>, url: string) => Loaded | Later | undefined;

/** A copy of the arguments with another first one. */
function withFirst(args: Args, first: unknown): Args {
  const changed: Args = [first];
  for (let index = 1; index < args.length; index++) changed[index] = args[index];
  return changed;
}
