/**
 * Counters of instrumented modules without a device, which are enough for a coverage run. Everything is created
 * synchronously, when a module that needs it is instantiated.
 */

import {
  COUNTER_BYTES,
  COUNTER_HOOKS,
  type CounterForm,
  type CounterKey,
  idsOf,
  readCounterImport,
} from "../abi/counters.ts";
import { IMPORT_MODULE, TASK_GLOBALS } from "../abi/hooks.ts";
import { WASM_PAGE_BYTES } from "../abi/layout.ts";
import { engine } from "../engine.ts";
import { compileHooksSync, instantiateHooks } from "./hooks.ts";
import { withOwnMemories } from "./own_memory.ts";
import { type OnMemoryError, SanitizerHost, withShadows } from "./sanitizer.ts";

/** The counters of all instances of a module that were created with a store's imports. */
export interface ModuleCounters {
  /** The first eight bytes of the original module's SHA-256, big-endian. */
  readonly id: bigint;
  /** The same for the pc table: differently instrumented modules of one original have different counters. */
  readonly table: bigint;
  /** The form of the counters. */
  readonly kind: CounterForm;
  /** Number of counters. The k-th one counts the k-th pc of `counterPcs`. */
  readonly length: number;
  /**
   * The memory that holds the counters from address 0 on: eight bytes per 64-bit counter, otherwise one. It is shared:
   * post it to another thread, which can read it even after this one has ended. Undefined for
   * `counterStorage: "globals"`, which only this thread can read.
   */
  readonly memory: WebAssembly.Memory | undefined;
  /** The current counters, for `deriveCounts`. A view of the memory, or a copy of the globals. */
  read(): BigUint64Array<ArrayBufferLike> | Uint8Array<ArrayBufferLike>;
  /** Sets all counters to zero. */
  clear(): void;
}

/** What modules import: spread it into the import object, or pass it to a loader. */
export interface CounterImports {
  /** Memories, globals and functions, created when a module requests them by name. */
  readonly kcov: Readonly<Record<string, WebAssembly.ImportValue>>;
}

/** The counters of one thread. */
export class CounterStore {
  /** Import object for modules that trace only counters, with `counterStorage` "memory" or "globals". */
  readonly imports: CounterImports;
  /** Called for every module when its first instance is created, before any of its code runs. */
  onModule: ((module: ModuleCounters) => void) | undefined;
  readonly #sanitizer = new SanitizerHost();
  readonly #modules = new Map<string, StoredCounters>();
  #hooks: WebAssembly.Module | undefined;

  constructor() {
    const values = withOwnMemories({ ...this.#sanitizer.imports }, (name) => this.importFor(name));
    this.imports = { [IMPORT_MODULE]: withShadows(values) };
  }

  /** As `Kcov.onMemoryError`: called for the errors of sanitized modules. Without it a `MemoryError` is thrown. */
  set onMemoryError(callback: OnMemoryError | undefined) {
    this.#sanitizer.onMemoryError = callback;
  }

  /** The modules that have been instantiated, in the order of their first instances. */
  get modules(): readonly ModuleCounters[] {
    return [...this.#modules.values()];
  }

  /** The value of the import with this name; undefined if it is not for counters. */
  importFor(name: string): WebAssembly.ImportValue | undefined {
    const read = readCounterImport(name);
    if (!read) return undefined;
    const stored = this.#storedFor(read.key, read.kind === "global");
    if (stored instanceof CountersInGlobals) return stored.globals[read.index];
    return read.kind === "memory" ? stored.memory : this.#stepOf(stored);
  }

  #storedFor(key: CounterKey, inGlobals: boolean): StoredCounters {
    const name = `${key.form} ${key.length} ${key.id}${inGlobals ? " globals" : ""}`;
    const known = this.#modules.get(name);
    if (known) return known;
    const made = inGlobals ? new CountersInGlobals(key) : new CountersInMemory(key);
    this.#modules.set(name, made);
    this.onModule?.(made);
    return made;
  }

  /** The hook, from an instance whose memory is that of the counters. */
  #stepOf(counters: CountersInMemory): WebAssembly.ImportValue {
    counters.step ??= this.#instantiate(counters);
    return counters.step;
  }

  #instantiate({ memory, kind }: CountersInMemory): WebAssembly.ImportValue {
    this.#hooks ??= compileHooksSync();
    const globals = Object.fromEntries(
      Object.entries(TASK_GLOBALS).map(([name, type]) => [
        name,
        new engine.Global({ value: type, mutable: true }, type === "i64" ? 0n : 0),
      ]),
    ) as Parameters<typeof instantiateHooks>[2];
    return instantiateHooks(this.#hooks, memory, globals, { slide: 0n, countFirst: false, proposals: false })[
      COUNTER_HOOKS[kind]
    ] as WebAssembly.ImportValue;
  }
}

type StoredCounters = CountersInMemory | CountersInGlobals;

abstract class CountersBase {
  readonly id: bigint;
  readonly table: bigint;
  readonly kind: CounterForm;
  readonly length: number;

  constructor(key: CounterKey) {
    const { original, table } = idsOf(key);
    this.id = original;
    this.table = table;
    this.kind = key.form;
    this.length = key.length;
  }
}

/**
 * Creates a memory with the counters of a module from address 0 on.
 *
 * @param maximum the most pages that it can be grown to; by default it cannot grow
 */
export function createCounterMemory({ form, length }: CounterKey, maximum?: number): WebAssembly.Memory {
  const pages = Math.max(1, Math.ceil((length * COUNTER_BYTES[form]) / WASM_PAGE_BYTES));
  return new engine.Memory({ initial: pages, maximum: maximum ?? pages, shared: true });
}

class CountersInMemory extends CountersBase implements ModuleCounters {
  readonly memory: WebAssembly.Memory;
  step: WebAssembly.ImportValue | undefined;

  constructor(key: CounterKey) {
    super(key);
    this.memory = createCounterMemory(key);
  }

  read(): BigUint64Array | Uint8Array {
    const { buffer } = this.memory;
    return this.kind === "64bit" ? new BigUint64Array(buffer, 0, this.length) : new Uint8Array(buffer, 0, this.length);
  }

  clear(): void {
    new Uint8Array(this.memory.buffer).fill(0);
  }
}

class CountersInGlobals extends CountersBase implements ModuleCounters {
  readonly memory: undefined;
  readonly globals: readonly WebAssembly.Global[];

  constructor(key: CounterKey) {
    super(key);
    const [value, zero] = key.form === "64bit" ? (["i64", 0n] as const) : (["i32", 0] as const);
    this.globals = Array.from({ length: key.length }, () => new engine.Global({ value, mutable: true }, zero));
  }

  read(): BigUint64Array | Uint8Array {
    if (this.kind === "64bit") return BigUint64Array.from(this.globals, ({ value }) => value as bigint);
    return Uint8Array.from(this.globals, ({ value }) => value as number);
  }

  clear(): void {
    for (const global of this.globals) global.value = this.kind === "64bit" ? 0n : 0;
  }
}
