/** One instance of a target module, from instantiation to the last input. */

import { IMPORT_MODULE } from "../../abi/hooks.ts";
import { INPUT_EXPORT } from "../../abi/sanitizer_imports.ts";
import { KcovError, TargetError } from "../../errors.ts";
import type { StateScope } from "../../instrument/index.ts";
import type { KcovDirtyMap } from "../../runtime/dirty_maps.ts";
import type { KcovImports } from "../../runtime/imports.ts";
import type { RunOutcome } from "../engine.ts";
import { type Entry, type InputBuffer, LIBFUZZER_ENTRY } from "./entry.ts";
import { GuestMemory } from "./guest_memory.ts";
import { crashOf, exitOf, type FrameNames, framesOf, OK, REJECTED, reasonOf } from "./outcome.ts";
import { Snapshot } from "./snapshot.ts";
import type { SavedFiles } from "./wasi/files.ts";
import type { WasiState } from "./wasi/state.ts";

/** What instances of a module are created with. */
export interface InstancePlan {
  /** The name that messages use. */
  readonly name: string;
  readonly module: WebAssembly.Module;
  readonly imports: WebAssembly.Imports & KcovImports;
  readonly entry: Entry;
  readonly wasi: WasiState;
  readonly names: FrameNames;
}

/** See `INPUT_EXPORT`. */
type MarkInput = (address: number, bytes: number) => void;
type WasmFunction = (...args: (number | bigint)[]) => unknown;

/** A smaller buffer is not worth having. */
const MIN_BUFFER_BYTES = 4096;
/** Functions that initialise a module; toolchains export at most one of them. */
export const CONSTRUCTORS: readonly string[] = ["_initialize", "__wasm_call_ctors"];
/** Room for the arguments of LLVMFuzzerInitialize. */
const ARGUMENTS_BYTES = 32;
/** A command reads as much as it likes, so there is no practical limit. */
const MAX_COMMAND_INPUT_BYTES = 0x7fff_ffff;
export const LIBFUZZER_INITIALIZE = "LLVMFuzzerInitialize";

export class TargetInstance {
  readonly exports: WebAssembly.Exports;
  readonly memory: GuestMemory | undefined;
  /** The longest input, in bytes. */
  readonly maxInputBytes: number;
  readonly #plan: InstancePlan;
  readonly #run: WasmFunction;
  /** Tells a sanitized module where the input ends in its buffer. */
  #markInput: MarkInput | undefined;
  /** Byte address of the input buffer. */
  readonly #address: number = 0;
  #files: SavedFiles = [];
  /** Length of the input that is in the buffer. */
  #inputBytes = 0;

  /**
   * Instantiates and initialises the module, so that it is ready for its first input.
   *
   * @throws {TargetError} ERR_TARGET_INITIALIZATION, ERR_TARGET_BUFFER, ERR_TARGET_IMPORT
   */
  constructor(plan: InstancePlan) {
    this.#plan = plan;
    const { wasi, entry } = plan;
    wasi.files.reset();
    wasi.memory = undefined;
    wasi.begin(new Uint8Array(0));
    this.exports = instantiate(plan);
    this.memory = memoryOf(plan, this.exports);
    wasi.memory = this.memory;
    this.#run = this.exports[entry.name] as WasmFunction;
    if (entry.kind === "command") {
      this.maxInputBytes = MAX_COMMAND_INPUT_BYTES;
      return;
    }
    const constructors = CONSTRUCTORS.find((each) => typeof this.exports[each] === "function");
    if (constructors !== undefined) this.#call(constructors);
    const { address, bytes } = this.#bufferFor(entry.input);
    this.#address = address;
    this.maxInputBytes = bytes;
    if (entry.input.kind === "malloc") this.#markInput = this.exports[INPUT_EXPORT] as MarkInput | undefined;
    if (typeof this.exports[LIBFUZZER_INITIALIZE] === "function") this.#initializeFuzzer();
  }

  /** Runs the instance on an input, without resetting it afterwards. */
  run(input: Uint8Array): RunOutcome {
    const { entry, wasi, names } = this.#plan;
    // Instances of one plan may take turns.
    wasi.memory = this.memory;
    wasi.begin(input);
    try {
      if (entry.kind === "command") {
        this.#run();
        return OK;
      }
      this.#write(input);
      this.#markInput?.(this.#address, input.length);
      const result = this.#run(this.#integer(this.#address), this.#integer(input.length));
      return entry.name === LIBFUZZER_ENTRY && result === -1 ? REJECTED : OK;
    } catch (error) {
      return wasi.exitCode === undefined ? crashOf(error, names) : exitOf(wasi.exitCode, error, names);
    }
  }

  /** Saves the current state, for resets to come back to. */
  snapshot(scope: StateScope, map: KcovDirtyMap | undefined): Snapshot {
    this.#files = this.#plan.wasi.files.save();
    return new Snapshot(this.exports, scope, this.memory, map);
  }

  /** Completes a reset of the memory: restores the program's descriptors, and notes that the buffer is clear. */
  restored(): void {
    this.#plan.wasi.files.restore(this.#files);
    this.#inputBytes = 0;
  }

  /** Allocates memory as for the input. @returns its address @throws {TargetError} ERR_TARGET_BUFFER: there is none */
  allocate(bytes: number): number {
    const { entry, name } = this.#plan;
    if (entry.kind === "function" && entry.input.kind === "malloc") {
      return this.#mallocBuffer(entry.input.name, bytes, true).address;
    }
    throw new TargetError(
      "ERR_TARGET_BUFFER",
      `${name}: custom mutations need a function that allocates memory (malloc)`,
    );
  }

  /** Puts the input into the buffer, and zeros over the rest of a longer input before it. */
  #write(input: Uint8Array): void {
    const { memory } = this;
    if (!memory) return;
    memory.write(this.#address, input);
    if (this.#inputBytes > input.length) memory.clear(this.#address + input.length, this.#inputBytes - input.length);
    this.#inputBytes = input.length;
  }

  /** Calls `int LLVMFuzzerInitialize(int *argc, char ***argv)`, with the program's name as the only argument. */
  #initializeFuzzer(): void {
    const { entry } = this.#plan;
    const { memory } = this;
    if (!memory || (entry.kind === "function" && entry.is64) || this.maxInputBytes < ARGUMENTS_BYTES) {
      this.#call(LIBFUZZER_INITIALIZE, this.#integer(0), this.#integer(0));
      return;
    }
    const argc = this.#address;
    const [argv, list, text] = [argc + 4, argc + 8, argc + 16];
    memory.setU32(argc, 1);
    memory.setU32(argv, list);
    memory.setU32(list, text);
    memory.write(text, new TextEncoder().encode("fuzz"));
    this.#call(LIBFUZZER_INITIALIZE, argc, argv);
    memory.clear(argc, ARGUMENTS_BYTES);
  }

  #bufferFor(input: InputBuffer): { address: number; bytes: number } {
    if (input.kind === "malloc") return this.#mallocBuffer(input.name, input.bytes, input.exact);
    const { address, bytes } = input;
    if (bytes > 0 && address + bytes <= this.#memoryBytes) return input;
    throw new TargetError(
      "ERR_TARGET_BUFFER",
      `${this.#plan.name}: the buffer of ${bytes} bytes at ${address} is not inside its memory of ${this.#memoryBytes} bytes`,
    );
  }

  /** Asks for less and less memory, unless the user specified the size. */
  #mallocBuffer(malloc: string, wanted: number, exact: boolean): { address: number; bytes: number } {
    for (let bytes = wanted; ; bytes >>>= 1) {
      // The second argument is the alignment, for functions that take one; surplus arguments do no harm.
      const result = this.#call(malloc, this.#integer(bytes), this.#integer(1)) as number | bigint;
      const address = typeof result === "bigint" ? Number(BigInt.asUintN(64, result)) : result >>> 0;
      if (address !== 0 && address + bytes <= this.#memoryBytes) return { address, bytes };
      if (exact || bytes <= MIN_BUFFER_BYTES)
        throw noBuffer(this.#plan.name, malloc, bytes, address, this.#memoryBytes);
    }
  }

  get #memoryBytes(): number {
    return this.memory?.bytes.length ?? 0;
  }

  #integer(value: number): number | bigint {
    const { entry } = this.#plan;
    return entry.kind === "function" && entry.is64 ? BigInt(value) : value;
  }

  /** Calls an export before the first input. @throws {TargetError} ERR_TARGET_INITIALIZATION */
  #call(name: string, ...args: (number | bigint)[]): unknown {
    const { wasi, name: target, names } = this.#plan;
    try {
      return (this.exports[name] as WasmFunction)(...args);
    } catch (error) {
      throw failedAtStart(`${target}: ${name}`, error, wasi.exitCode, names);
    }
  }
}

function instantiate({ name, module, imports, wasi, names }: InstancePlan): WebAssembly.Exports {
  try {
    return new WebAssembly.Instance(module, imports).exports;
  } catch (error) {
    if (error instanceof WebAssembly.LinkError) {
      const reason = error.message.replace(/^WebAssembly\.Instance\(\): /, "");
      throw new TargetError("ERR_TARGET_IMPORT", `${name}: an import is not what the module needs: ${reason}`, {
        cause: error,
      });
    }
    throw failedAtStart(`${name}: its start function`, error, wasi.exitCode, names);
  }
}

function failedAtStart(what: string, error: unknown, exitCode: number | undefined, names: FrameNames): TargetError {
  if (error instanceof TargetError || error instanceof KcovError) throw error;
  const [innermost] = framesOf(error, names);
  const where = innermost ? ` in ${innermost.name}` : "";
  const reason = exitCode === undefined ? reasonOf(error) : `exit ${exitCode}`;
  return new TargetError("ERR_TARGET_INITIALIZATION", `${what} failed before the first input: ${reason}${where}`, {
    cause: error,
  });
}

function noBuffer(name: string, malloc: string, bytes: number, address: number, size: number): TargetError {
  const what = address === 0 ? "0" : `${address}, which does not leave so much of a memory of ${size} bytes`;
  const hint = "give a smaller maxInputBytes, another malloc, or a buffer";
  return new TargetError("ERR_TARGET_BUFFER", `${name}: ${malloc}(${bytes}) gave ${what}: ${hint}`);
}

/** The memory that addresses refer to: the one exported as `memory`, or the first other one. */
function memoryOf({ module, imports }: InstancePlan, exports: WebAssembly.Exports): GuestMemory | undefined {
  const exported = [exports.memory, ...Object.values(exports)].find((each) => each instanceof WebAssembly.Memory);
  if (exported) return new GuestMemory(exported as WebAssembly.Memory);
  const wanted = WebAssembly.Module.imports(module).find(
    ({ kind, module: from }) => kind === "memory" && from !== IMPORT_MODULE,
  );
  const imported = wanted && imports[wanted.module]?.[wanted.name];
  return imported instanceof WebAssembly.Memory ? new GuestMemory(imported) : undefined;
}
