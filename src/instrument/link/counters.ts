/**
 * Inline counters: one for every hooked control-flow site. The k-th counter belongs to the k-th control-flow site with
 * a hook in the pc table.
 *
 * For counters in device memory a module calls a function when it is instantiated, so that instances never share them,
 * and keeps their address in a global, which each function reads once:
 *
 *     (global $kcov.counters (mut i32) (i32.const 0))
 *     (func $kcov.start
 *       (global.set $kcov.counters (call $__sanitizer_cov_64bit_counters_init (i32.const <bytes>) (i64.const <id>)))
 *       (call $<the module's own start function>))
 *
 * Counters elsewhere are described by the names of the module's imports (src/abi/counters.ts), and shared by its
 * instances. The global then only serves to represent increments in Binaryen's tree (site_code.ts).
 */

import { COUNTER_BYTES, COUNTER_HOOKS, counterImportName, idOf } from "../../abi/counters.ts";
import { COUNTERS_INIT, IMPORT_MODULE } from "../../abi/hooks.ts";
import {
  byCall,
  byCallWithAddress,
  type CounterCode,
  type CounterHooks,
  inDeviceMemory,
  inGlobals,
  inOwnMemory,
} from "../code/counter_code.ts";
import { type CounterStep, counterMarkerOf } from "../code/marker.ts";
import { hookCode } from "../code/site_code.ts";
import type { Indices } from "../code/site_rendering.ts";
import { type Expr, lib, type Name, namePointer, raw } from "../ir/binaryen.ts";
import type { Ir } from "../ir/ir.ts";
import { tupleOf } from "../ir/types.ts";
import type { CounterStorage, Settings } from "../options.ts";
import { required } from "../required.ts";
import { addCounterGlobals, readCounter } from "./link_standalone.ts";
import { addProfileExports } from "./standalone_profile.ts";
import { WasiProfile } from "./wasi_profile.ts";

/** The hashes in the names of the module's imports. */
export interface CounterIdentity {
  /** SHA-256 of the original module, in hexadecimal. */
  readonly original: string;
  /** The same for the pc table. */
  readonly table: string;
}

export class Counters {
  /** Name of the global that holds the address, or only represents increments. */
  readonly address: Name;
  private readonly ir: Ir;
  private readonly settings: Settings;
  /** Number of memories in the module. */
  private readonly memories: number;
  /** The imported function that allocates counters in device memory. */
  private readonly init: Name;
  /** Number of counters assigned so far. */
  private count = 0;
  /** In the standalone link, the number of globals that the module defines before the counters. */
  private definedGlobals = 0;
  /** In the standalone link, the code that writes the profile. */
  private readonly wasi: WasiProfile | undefined;

  constructor(ir: Ir, settings: Settings, memories: number) {
    this.ir = ir;
    this.settings = settings;
    this.memories = memories;
    this.address = ir.name("counters");
    raw.AddGlobal(ir.module, this.address, lib.i32, 1, ir.i32(0));
    this.init = ir.name(COUNTERS_INIT);
    if (settings.link === "standalone" && settings.wasiProfile) this.wasi = WasiProfile.of(ir);
    if (settings.counterStorage !== "device") return;
    const [module, base] = [namePointer(IMPORT_MODULE), namePointer(COUNTERS_INIT)];
    raw.AddFunctionImport(ir.module, this.init, module, base, tupleOf([lib.i32, lib.i64]), lib.i32);
  }

  /** Assigns the counters of one function. @returns the index of the first one */
  take(count: number): number {
    this.count += count;
    return this.count - count;
  }

  /** Code that represents a step (site_code.ts). */
  step(step: CounterStep): Expr {
    return raw.GlobalSet(this.ir.module, this.address, this.ir.i32(counterMarkerOf(step)));
  }

  /**
   * Whether loops hold counters in locals: those in a memory of their own. 64 bits gain nothing, since processors read
   * at once what they have just stored, unless it is narrow. With PCs, whose markers stand for both, there are none.
   */
  get areHeld(): boolean {
    const { counters, trace } = this.settings;
    return counters === "8bit" && this.storage === "memory" && !this.isCalled && !trace.includes("pc");
  }

  /** Where the counters are; known once all are assigned. */
  get storage(): CounterStorage {
    const { counterStorage, link } = this.settings;
    if (link === "standalone") return "globals";
    return counterStorage === "globals" && this.count > MAX_COUNTER_IMPORTS ? "memory" : counterStorage;
  }

  /** Number of functions that they add to the module's imports. */
  get addedFunctions(): number {
    if (this.wasi) return this.wasi.addedFunctions;
    return this.storage === "device" || this.isCalled ? 1 : 0;
  }

  /** Whether sites call a function to count, since not every engine has multiple memories. */
  private get isCalled(): boolean {
    return this.storage === "memory" && this.settings.link === "import" && this.memories > 0;
  }

  /** Adds the imports. @returns code that is to run first */
  finish({ original, table }: CounterIdentity): Expr[] {
    const { ir, settings, storage } = this;
    if (storage === "device") return [this.askForAddress(idOf(original))];
    const key = { form: settings.counters, length: this.count, id: original.slice(0, 16) + table.slice(0, 16) };
    const device = namePointer(IMPORT_MODULE);
    if (settings.link === "standalone") this.addOwnGlobals(table);
    else if (storage === "globals") {
      const type = settings.counters === "64bit" ? lib.i64 : lib.i32;
      for (let k = 0; k < this.count; k++) {
        ir.withNames(`${COUNTERS} ${k}`, counterImportName("global", key, k), (internal, name) =>
          raw.AddGlobalImport(ir.module, internal, device, name, type, 1),
        );
      }
    } else if (this.isCalled) {
      const name = namePointer(counterImportName("step", key));
      raw.AddFunctionImport(ir.module, ir.name(COUNTERS), device, name, lib.i32, lib.none);
    } else {
      const name = namePointer(counterImportName("memory", key));
      raw.AddMemoryImport(ir.module, ir.name(COUNTERS), device, name, 1);
    }
    return [];
  }

  private addOwnGlobals(table: string): void {
    const { ir, settings, count } = this;
    this.definedGlobals = countDefinedGlobals(ir.module);
    addCounterGlobals(ir, settings, count);
    const functions = addProfileExports(ir, { count, table, read: (k) => readCounter(ir, settings, k) });
    this.wasi?.add(functions);
  }

  private askForAddress(id: bigint): Expr {
    const { ir, address, init, count, settings } = this;
    const bytes = count * COUNTER_BYTES[settings.counters];
    return raw.GlobalSet(ir.module, address, ir.call(init, [ir.i32(bytes), ir.i64(id)], lib.i32));
  }

  /** How increments are written. */
  code(indices: Indices): CounterCode {
    const { storage, settings } = this;
    const { counters: form, link } = settings;
    const [hook, bytes] = [COUNTER_HOOKS[form], COUNTER_BYTES[form]];
    const hooks = (): CounterHooks => ({
      count: hookCode().inline(hook),
      flag: hookCode().inline(form === "64bit" ? "__sanitizer_cov_64bit_flag" : hook),
      held: form === "8bit" ? heldCode() : undefined,
    });
    if (storage === "device") {
      if (link === "fused") return inDeviceMemory(hooks(), bytes, indices);
      return byCallWithAddress(required(indices.functions, hook), bytes);
    }
    if (link === "standalone") return inGlobals(form, indices.imported.globals + this.definedGlobals);
    if (storage === "globals") return inGlobals(form, indices.counters);
    if (this.isCalled) return byCall(indices.counters, bytes);
    return inOwnMemory(hooks(), bytes, { ...indices, memory: indices.counters });
  }
}

function heldCode(): CounterHooks["held"] {
  const code = hookCode();
  return { load: code.held("__kcov_held_counter_load"), step: code.held("__kcov_held_counter_step") };
}

function countDefinedGlobals(module: number): number {
  let count = 0;
  for (let k = 0; k < raw.GetNumGlobals(module); k++) {
    if (raw.GlobalGetInitExpr(raw.GetGlobalByIndex(module, k)) !== 0) count++;
  }
  return count;
}

const COUNTERS = "counters";

/** V8 accepted 100,000 imports until version 12.4, and the module has some of its own. */
const MAX_COUNTER_IMPORTS = 90_000;
