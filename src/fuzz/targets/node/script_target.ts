/** A target that is a JavaScript module: it exports `fuzz`, and loads WebAssembly in whatever way it likes. */

import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { IMPORT_MODULE } from "../../../abi/hooks.ts";
import { TargetError } from "../../../errors.ts";
import { installLoader } from "../../../loader/index.ts";
import type { Kcov } from "../../../runtime/kcov.ts";
import { isThenable } from "../../../runtime/thenable.ts";
import type {
  CustomMutations,
  DefaultMutation,
  FuzzTarget,
  RunOutcome,
  TargetCounters,
  TargetModule,
} from "../../engine.ts";
import { DeviceComparisons } from "../comparison_trace.ts";
import { CounterMemories } from "../counter_memories.ts";
import { ModuleFrames } from "../module_frames.ts";
import { DEFAULT_MAX_INPUT_BYTES, type TargetOptions } from "../options.ts";
import { crashOf, OK, REJECTED, reasonOf } from "../outcome.ts";
import type { Pass } from "../prepare.ts";
import { shareCounters } from "../shared_counters.ts";
import { BuiltIns } from "./built_ins.ts";
import { type LateError, LateErrors } from "./late_errors.ts";
import { waitForOwnSignals } from "./own_signals.ts";
import { ScriptModules } from "./script_modules.ts";

/** What a script, or the object that it exports by default, exports; the default export may also be `fuzz` itself. */
interface Script {
  /** Runs one input. @returns −1 if it is not worth keeping */
  fuzz(input: Uint8Array): unknown;
  /** Runs once, before the first input. */
  initialize?: (() => unknown) | undefined;
  /** Turns an input into another one of its format. `mutate` applies one of the engine's own mutations. */
  customMutator?: ((input: Uint8Array, how: CustomMutationOptions) => Uint8Array) | undefined;
  /** Combines two inputs into one. */
  customCrossOver?:
    | ((first: Uint8Array, second: Uint8Array, how: Omit<CustomMutationOptions, "mutate">) => Uint8Array)
    | undefined;
}

/** What a script's own mutations are told. */
export interface CustomMutationOptions {
  /** The longest result that is allowed, in bytes. */
  readonly maxBytes: number;
  /** 32 bits: the same input and seed must give the same result. */
  readonly seed: number;
  /** Applies one of the engine's own mutations. */
  mutate(input: Uint8Array): Uint8Array;
}

/** What is there before the script is imported. */
interface ScriptParts {
  readonly modules: ScriptModules;
  readonly frames: ModuleFrames;
  readonly memories: CounterMemories;
  readonly loader: Disposable;
}

export class ScriptTarget implements FuzzTarget {
  readonly name: string;
  readonly maxInputBytes: number;
  readonly comparisons: DeviceComparisons;
  readonly kcov: Kcov;
  readonly custom: CustomMutations | undefined;
  readonly #script: Script;
  readonly #loaded: ScriptModules;
  readonly #frames: ModuleFrames;
  readonly #memories: CounterMemories;
  readonly #loader: Disposable;
  /** Created after the script's initialisation, whose changes to built-ins are accepted. */
  readonly #builtIns = new BuiltIns();
  readonly #late = new LateErrors();
  readonly #signals = waitForOwnSignals();

  /**
   * Imports a script. Everything that it loads from now until the target is disposed of is instrumented.
   *
   * @throws {TargetError} it cannot be imported, does not export `fuzz`, or its initialisation failed
   */
  static async open(path: string, kcov: Kcov, options: TargetOptions, pass: Pass): Promise<ScriptTarget> {
    const name = basename(path);
    if (options.reset !== undefined && options.reset !== "none") {
      const reason = "what JavaScript keeps cannot be put back; let fuzz() make what it needs";
      throw new TargetError(
        "ERR_TARGET_RESET",
        `${name}: reset ${options.reset} is for WebAssembly modules: ${reason}`,
      );
    }
    const modules = new ScriptModules(pass, options.onWarning ?? (() => {}));
    const frames = new ModuleFrames(() => modules.list);
    const memories = new CounterMemories();
    const loader = installLoader({
      imports: { [IMPORT_MODULE]: memories.over(shareCounters(kcov)[IMPORT_MODULE]) },
      transform: (binary, { url }) => modules.add(binary, url),
    });
    try {
      const script = await importScript(path, name);
      const bytes = options.maxInputBytes ?? DEFAULT_MAX_INPUT_BYTES;
      return new ScriptTarget(name, bytes, kcov, script, { modules, frames, memories, loader });
    } catch (error) {
      loader[Symbol.dispose]();
      throw error;
    }
  }

  private constructor(name: string, maxInputBytes: number, kcov: Kcov, script: Script, parts: ScriptParts) {
    this.name = name;
    this.maxInputBytes = maxInputBytes;
    this.comparisons = new DeviceComparisons(kcov);
    this.kcov = kcov;
    this.#script = script;
    this.custom = customMutationsOf(name, script);
    this.#loaded = parts.modules;
    this.#frames = parts.frames;
    this.#memories = parts.memories;
    this.#loader = parts.loader;
  }

  get modules(): readonly TargetModule[] {
    return this.#loaded.list;
  }

  get counters(): readonly TargetCounters[] {
    const [own, inDevice] = [this.#memories.regions, this.kcov.counters];
    return inDevice.length === 0 ? own : own.length === 0 ? inDevice : [...own, ...inDevice];
  }

  /** See `FuzzTarget`. The script gets a copy of the input, which it may keep. */
  runOne(input: Uint8Array): RunOutcome | Promise<RunOutcome> {
    if (input.length > this.maxInputBytes) {
      throw new RangeError(`${this.name}: an input of ${input.length} bytes, where ${this.maxInputBytes} is the most`);
    }
    this.comparisons.clear();
    const copy = input.slice();
    this.#late.begin();
    let outcome: RunOutcome | Promise<RunOutcome>;
    try {
      const result = this.#script.fuzz(copy);
      outcome = isThenable(result) ? this.#settled(result) : outcomeOf(result);
    } catch (error) {
      outcome = crashOf(error, this.#frames);
    }
    const damage = this.#builtIns.check();
    if (damage !== undefined) outcome = this.#damaged(damage);
    // Another copy: the script may have modified its own.
    return this.#late.end(input.slice()) || isThenable(outcome) ? this.#concluded(outcome) : outcome;
  }

  async settle(): Promise<RunOutcome | undefined> {
    const late = await this.#late.finish();
    return late && this.#failedLate(late);
  }

  /** The outcome, after the event loop has had a turn. */
  async #concluded(running: RunOutcome | PromiseLike<RunOutcome>): Promise<RunOutcome> {
    const outcome = await running;
    const damage = this.#builtIns.check();
    const late = await this.#late.settle();
    if (outcome.kind === "crash") return outcome;
    if (damage !== undefined) return this.#damaged(damage);
    return late === undefined ? outcome : this.#failedLate(late);
  }

  #damaged(reason: string): RunOutcome {
    return { kind: "crash", crash: { reason, frames: [], error: undefined } };
  }

  #failedLate({ error, input }: LateError): RunOutcome {
    const outcome = crashOf(error, this.#frames);
    return outcome.kind === "crash" ? { ...outcome, input } : outcome;
  }

  async #settled(result: PromiseLike<unknown>): Promise<RunOutcome> {
    try {
      return outcomeOf(await result);
    } catch (error) {
      return crashOf(error, this.#frames);
    }
  }

  [Symbol.dispose](): void {
    this.comparisons[Symbol.dispose]();
    this.#late[Symbol.dispose]();
    this.#signals[Symbol.dispose]();
    this.#loader[Symbol.dispose]();
  }
}

function outcomeOf(result: unknown): RunOutcome {
  return result === -1 ? REJECTED : OK;
}

async function importScript(path: string, name: string): Promise<Script> {
  const exported = await attempt(name, "cannot be imported", () => import(pathToFileURL(resolve(path)).href));
  const script = scriptOf(exported as Record<string, unknown>);
  if (!script) {
    const names = Object.keys(exported as object).join(", ");
    const has = names === "" ? "it exports nothing" : `it exports ${names}`;
    throw new TargetError("ERR_TARGET_EXPORT", `${name} does not export a function fuzz(bytes); ${has}`);
  }
  await attempt(name, "initialize() failed", async () => script.initialize?.());
  return script;
}

/** @throws {TargetError} ERR_TARGET_INITIALIZATION */
async function attempt(name: string, what: string, run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    throw new TargetError("ERR_TARGET_INITIALIZATION", `${name} ${what}: ${reasonOf(error)}`, { cause: error });
  }
}

function scriptOf(exported: Record<string, unknown>): Script | undefined {
  const { default: main } = exported;
  if (typeof main === "function" && exported.fuzz === undefined) {
    return withInitialize({ ...exported, fuzz: main });
  }
  return withInitialize(exported) ?? (typeof main === "object" && main !== null ? withInitialize(main) : undefined);
}

function withInitialize(object: object): Script | undefined {
  const { fuzz, initialize, customMutator, customCrossOver } = object as Partial<Script>;
  if (typeof fuzz !== "function") return undefined;
  return {
    fuzz,
    initialize: typeof initialize === "function" ? initialize : undefined,
    customMutator: typeof customMutator === "function" ? customMutator : undefined,
    customCrossOver: typeof customCrossOver === "function" ? customCrossOver : undefined,
  };
}

function customMutationsOf(name: string, script: Script): CustomMutations | undefined {
  const { customMutator, customCrossOver } = script;
  if (customMutator === undefined && customCrossOver === undefined) return undefined;
  const put = (made: unknown, into: Uint8Array, limit: number): number => {
    if (!(made instanceof Uint8Array) || made.length > limit) {
      const what = made instanceof Uint8Array ? `${made.length} bytes, where ${limit} are the most` : "no Uint8Array";
      throw new TargetError("ERR_TARGET", `${name}: a custom mutation returned ${what}`);
    }
    into.set(made);
    return made.length;
  };
  const mutate = customMutator && mutatorOf(customMutator, put);
  const crossOver: CustomMutations["crossOver"] =
    customCrossOver &&
    ((first, second, out, limit, seed) =>
      put(customCrossOver(first.slice(), second.slice(), { maxBytes: limit, seed }), out, limit));
  return { mutate, crossOver };
}

function mutatorOf(
  customMutator: NonNullable<Script["customMutator"]>,
  put: (made: unknown, into: Uint8Array, limit: number) => number,
): NonNullable<CustomMutations["mutate"]> {
  return (data, size, limit, seed, mutation: DefaultMutation) => {
    const mutate = (input: Uint8Array): Uint8Array => {
      const room = new Uint8Array(Math.max(limit, input.length));
      room.set(input);
      return room.slice(0, mutation(room, input.length, limit));
    };
    return put(customMutator(data.slice(0, size), { maxBytes: limit, seed, mutate }), data, limit);
  };
}
