/** Opens a target by its path. */

import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { hasMagic } from "../../../binary_format.ts";
import { sha256Hex } from "../../../cache/content.ts";
import { defaultCacheDirectory } from "../../../cache/directory.ts";
import { cacheKey, ModuleCache } from "../../../cache/module_cache.ts";
import { TargetError } from "../../../errors.ts";
import { checkFilter } from "../../../instrument/filters.ts";
import type { FunctionFilter, InstrumentOptions } from "../../../instrument/index.ts";
import { PatternReview } from "../../../instrument/pattern_review.ts";
import { readModuleInfo } from "../../../instrument/wasm/module_info.ts";
import { BOOLEAN, checkOptions, type OptionKinds, STRING } from "../../../option_checks.ts";
import { Kcov } from "../../../runtime/kcov.ts";
import type { FuzzTarget } from "../../engine.ts";
import { ModuleTarget } from "../module_target.ts";
import { TARGET_OPTION_KINDS, type TargetOptions } from "../options.ts";
import { loadPass, type Pass, prepareModule } from "../prepare.ts";
import { runtimeFunctions } from "../runtime_functions.ts";
import { STRING_FUNCTIONS } from "../string_functions.ts";
import { ScriptTarget } from "./script_target.ts";
import { kindOfTarget } from "./target_kind.ts";

/** How a target on disk is opened. */
export interface OpenTargetOptions extends TargetOptions {
  /** Cache instrumented modules on disk, and use those in the cache; default true. */
  cache?: boolean;
  /** The cache's directory; default `$XDG_CACHE_HOME/wasm-kcov`, which is in the home directory. */
  cacheDirectory?: string;
}

const OPTION_KINDS: OptionKinds<OpenTargetOptions> = {
  ...TARGET_OPTION_KINDS,
  cache: BOOLEAN,
  cacheDirectory: STRING,
};

/**
 * Opens a file for fuzzing: a WebAssembly module, or a JavaScript module that exports `fuzz(bytes)`. Modules that are
 * not instrumented yet are instrumented. Initialisation has run when the promise is fulfilled.
 *
 * @throws {TargetError} it cannot be fuzzed as the options say
 * @throws {InstrumentError} it cannot be instrumented
 * @throws {TypeError} an option is unknown or has the wrong type
 */
export async function openTarget(path: string, options: OpenTargetOptions = {}): Promise<FuzzTarget> {
  checkOptions("openTarget", options, OPTION_KINDS);
  if (options.functions) checkFilter("openTarget", options.functions);
  const { cache = true, cacheDirectory = defaultCacheDirectory() } = options;
  const modules = new Modules(cache ? new ModuleCache(cacheDirectory) : undefined, options);
  const contents = await readTarget(path);
  const kind = kindOfTarget(path, contents);
  const kcov = options.kcov ?? (await Kcov.create());
  if (kind === "script") {
    const target = await ScriptTarget.open(path, kcov, options, await modules.pass());
    modules.opened();
    return target;
  }
  const prepared = await prepareModule(basename(path), contents, options, (...module) => modules.ready(...module));
  modules.opened(prepared.original === undefined ? `${prepared.name} came instrumented` : undefined);
  return new ModuleTarget(prepared, kcov, options);
}

/** Instruments a target's modules as the options say, unless they are in the cache. */
class Modules {
  readonly #cache: ModuleCache | undefined;
  readonly #options: OpenTargetOptions;
  /** Hashes of modules about whose left-out runtime functions the user has been told. */
  readonly #said = new Set<string>();
  /** Finds which of the user's patterns for functions match nothing. */
  readonly #review: PatternReview;
  readonly #reviewed = new Set<string>();
  /** Whether binaries are valid, which takes long to find out. */
  readonly #valid = new WeakMap<Uint8Array, boolean>();
  /** Whether the target has been opened, and with it all or some of its modules. */
  #isOpen = false;

  constructor(cache: ModuleCache | undefined, options: OpenTargetOptions) {
    this.#cache = cache;
    this.#options = options;
    this.#review = new PatternReview(options.functions ?? {});
  }

  /**
   * Notes that the target is open, and warns about patterns for functions that match nothing. A script may load its
   * modules later: then the warning comes with the first of them.
   *
   * @param why the reason why none of the patterns applies, if there is one
   */
  opened(why?: string): void {
    this.#isOpen = true;
    if (why !== undefined || this.#reviewed.size > 0) this.#sayUnmatched(why);
  }

  #sayUnmatched(why?: string): void {
    for (const pattern of this.#review.unmatched()) {
      this.#options.onWarning?.(
        why ? `${why}: ${pattern} chooses no functions of it` : `no function matches ${pattern}`,
      );
    }
  }

  /** See `Instrumenter`. */
  async ready(...[binary, options]: Parameters<Pass>): Promise<() => Uint8Array<ArrayBuffer>> {
    const cached = this.#cache?.find(cacheKey(sha256Hex(binary), this.#filtered(binary, options)))?.binary;
    if (cached) return () => cached;
    const pass = await this.pass();
    return () => pass(binary, options);
  }

  /** Loads the pass in advance, for modules that turn up in synchronous code. */
  async pass(): Promise<Pass> {
    const pass = await loadPass();
    return (binary, given) => {
      const options = this.#filtered(binary, given);
      const key = cacheKey(sha256Hex(binary), options);
      const cached = this.#cache?.find(key)?.binary;
      if (cached) return cached;
      const made = pass(binary, options);
      this.#cache?.keep(key, { binary: made, notes: [] });
      return made;
    };
  }

  #filtered(binary: Uint8Array<ArrayBuffer>, given: InstrumentOptions): InstrumentOptions {
    const { functions } = this.#options;
    if (functions !== undefined) this.#look(binary);
    const left = this.#runtimeOf(binary);
    if (functions === undefined && left.length === 0) return given;
    const filter: FunctionFilter = { comparisons: STRING_FUNCTIONS, ...functions };
    return {
      ...given,
      functions: left.length === 0 ? filter : { ...filter, exclude: [...(filter.exclude ?? []), ...left] },
    };
  }

  /** Whether a binary is a valid module; if not, it is the pass that says so. */
  #isValid(binary: Uint8Array<ArrayBuffer>): boolean {
    const known = this.#valid.get(binary);
    if (known !== undefined) return known;
    const isValid = hasMagic(binary) && WebAssembly.validate(binary);
    this.#valid.set(binary, isValid);
    return isValid;
  }

  #look(binary: Uint8Array<ArrayBuffer>): void {
    const hash = sha256Hex(binary);
    if (this.#reviewed.has(hash) || !this.#isValid(binary)) return;
    const isFirst = this.#reviewed.size === 0;
    this.#reviewed.add(hash);
    this.#review.add(binary);
    if (isFirst && this.#isOpen) this.#sayUnmatched();
  }

  /** Patterns for the functions of known runtimes, unless the user says which functions are under test. */
  #runtimeOf(binary: Uint8Array<ArrayBuffer>): readonly string[] {
    const { leaveOutRuntimes = false, functions = {}, sanitize, entry, onNote } = this.#options;
    const isChosen = (functions.include ?? []).length > 0 || functions.allowlist !== undefined;
    if (!leaveOutRuntimes || isChosen || sanitize) return [];
    if (!this.#isValid(binary)) return [];
    const { functionNames, importedFunctions } = readModuleInfo(binary);
    const own = new Map([...functionNames].filter(([index]) => index >= importedFunctions));
    const { patterns, count, families } = runtimeFunctions(own, entry === undefined ? [] : [entry]);
    const hash = sha256Hex(binary);
    if (count > 0 && !this.#said.has(hash)) {
      this.#said.add(hash);
      const what = count === 1 ? "1 function" : `${count} functions`;
      onNote?.(`${what} of ${families.join(" and ")}: no feedback (--all-functions: they give it)`);
    }
    return patterns;
  }
}

async function readTarget(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    throw new TargetError("ERR_TARGET", `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
