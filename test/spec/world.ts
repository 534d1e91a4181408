/**
 * The modules of one script, as they are, read and written by Binaryen, instrumented in one link mode, or with copies for
 * while nothing is traced, which nothing is then.
 */

import binaryen from "binaryen";
import { type InstrumentResult, instrument, type LinkMode, TRACES } from "../../src/instrument/index.ts";
import { shippedFeatures } from "../../src/instrument/ir/features.ts";
import { type Bench, createBench } from "../support/instrumented.ts";
import { type Counting, CountingModules } from "./counting.ts";

/** What a call came to. */
export type Outcome = { returned: unknown } | { thrown: unknown };

/** What happens to modules before they are compiled. */
export type Treatment = LinkMode | Counting | "original" | "binaryen" | "idle";

export class World {
  readonly link: Treatment;
  readonly bench: Bench = createBench(1 << 14);
  /** Undefined in a world that does not count. */
  readonly counting: CountingModules | undefined;
  readonly registry: Record<string, WebAssembly.Exports>;
  private readonly named = new Map<string, WebAssembly.Instance>();
  private readonly definitions = new Map<string, WebAssembly.Module>();
  private current: WebAssembly.Instance | undefined;

  constructor(link: Treatment) {
    this.link = link;
    this.counting = isCounting(link) ? new CountingModules(link) : undefined;
    this.registry = { spectest: spectest() };
  }

  compile(binary: Uint8Array<ArrayBuffer>): WebAssembly.Module {
    if (this.link === "original") return new WebAssembly.Module(binary);
    if (this.link === "binaryen") return new WebAssembly.Module(readAndWrite(binary));
    const { binary: instrumented, leftOut } = this.instrument(binary);
    const [lost] = leftOut;
    if (lost) throw new Error(`function ${lost.index} was left out: ${lost.reason}`);
    return new WebAssembly.Module(instrumented);
  }

  private instrument(binary: Uint8Array<ArrayBuffer>): InstrumentResult {
    if (this.counting) return this.counting.instrument(binary);
    if (this.link === "idle") return instrument(binary, { trace: TRACES, idle: "fast" });
    return instrument(binary, { link: this.link as LinkMode, trace: TRACES });
  }

  /** Instantiates a module and makes it the current one, of a name if it has one. */
  instantiate(module: WebAssembly.Module, name: string): void {
    this.current = undefined;
    const { imports: own } = this.counting ? this.counting.store : this.bench;
    const imports = { ...this.registry, ...own } as unknown as WebAssembly.Imports;
    this.current = new WebAssembly.Instance(module, imports);
    if (name) this.named.set(name, this.current);
  }

  define(module: WebAssembly.Module, name: string): void {
    this.definitions.set(name, module);
  }

  definition(name: string): WebAssembly.Module {
    const module = this.definitions.get(name);
    if (!module) throw new Error(`no module ${name}`);
    return module;
  }

  register(as: string, name: string): void {
    const instance = this.find(name);
    if (instance) this.registry[as] = instance.exports;
  }

  find(name: string): WebAssembly.Instance | undefined {
    return name ? this.named.get(name) : this.current;
  }

  forget(): void {
    this.current = undefined;
  }

  /** Calls a function with PCs or comparisons being recorded. */
  call(run: () => unknown, comparisons: boolean): { outcome: Outcome; trace: string } {
    let outcome: Outcome = { returned: undefined };
    const guarded = () => {
      try {
        outcome = { returned: run() };
      } catch (thrown) {
        outcome = { thrown };
      }
    };
    if (this.link !== "import" && this.link !== "fused") {
      guarded();
      return { outcome, trace: "" };
    }
    if (!comparisons) return { trace: this.bench.tracePcs(guarded).join(), outcome };
    const records = this.bench.traceComparisons(guarded);
    return { trace: records.map(({ type, arg1, arg2, pc }) => `${type} ${arg1} ${arg2} ${pc}`).join(), outcome };
  }
}

function isCounting(treatment: Treatment): treatment is Counting {
  return treatment === "all counts" || treatment === "counts" || treatment === "flags";
}

/** What Binaryen alone makes of a module: nothing can hold on an instrumented one that does not hold on this. */
function readAndWrite(binary: Uint8Array): Uint8Array<ArrayBuffer> {
  const read = binaryen.readBinary as (bytes: Uint8Array, features: number) => binaryen.Module;
  const module = read(binary, shippedFeatures());
  try {
    module.setFeatures(module.getFeatures() | shippedFeatures());
    return new Uint8Array(module.emitBinary());
  } finally {
    module.dispose();
  }
}

/** The host module that scripts may import from. */
function spectest(): WebAssembly.Exports {
  const print = () => {};
  const names = ["", "_i32", "_i64", "_f32", "_f64", "_i32_f32", "_f64_f64"];
  const table64 = { initial: 10n, maximum: 20n, element: "anyfunc", address: "i64" };
  return {
    ...Object.fromEntries(names.map((name) => [`print${name}`, print])),
    global_i32: new WebAssembly.Global({ value: "i32" }, 666),
    global_i64: new WebAssembly.Global({ value: "i64" }, 666n),
    global_f32: new WebAssembly.Global({ value: "f32" }, 666.6),
    global_f64: new WebAssembly.Global({ value: "f64" }, 666.6),
    table: new WebAssembly.Table({ initial: 10, maximum: 20, element: "anyfunc" }),
    ...optional("table64", () => new WebAssembly.Table(table64 as unknown as WebAssembly.TableDescriptor)),
    memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
    shared_memory: new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }),
  };
}

function optional(name: string, make: () => WebAssembly.Table): Record<string, WebAssembly.Table> {
  try {
    return { [name]: make() };
  } catch {
    return {};
  }
}
