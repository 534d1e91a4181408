/** What instrumented modules import on one thread, including the hooks. */

import { CALL_HOOKS, COUNTERS_INIT, DIRTY_MAP_INIT, HOOKS, type HookName, IMPORT_MODULE } from "../abi/hooks.ts";
import { HEADER_SLIDE } from "../abi/layout.ts";
import type { Device, TaskGlobals } from "../kcov/device.ts";
import type { CounterStore } from "./counter_store.ts";
import { CounterRegions } from "./counters.ts";
import { DirtyMaps } from "./dirty_maps.ts";
import type { FoldRoutines } from "./fold.ts";
import { type HookImports, instantiateHooks, type KcovHooks } from "./hooks.ts";
import { withOwnMemories } from "./own_memory.ts";
import { SanitizerHost, withShadows } from "./sanitizer.ts";

/** What an instrumented module imports. Spread it into the import object, for every kind of link. */
export type KcovImports = {
  /** The module "kcov" of the import object. */
  kcov: HookImports &
    TaskGlobals & {
      /** The device's memory. */
      memory: WebAssembly.Memory;
      /** Allocates the counters of an instance. */
      [COUNTERS_INIT]: ReturnType<CounterRegions["createInit"]>;
      /** Allocates the dirty map of an instance. */
      [DIRTY_MAP_INIT]: ReturnType<DirtyMaps["createInit"]>;
    };
};

/** The compiled hooks on a device, in two instances that differ in what a pc is. */
export interface ThreadHooks {
  /** PCs are addresses, from which the device's slide is subtracted. */
  readonly forCallers: KcovHooks;
  /** PCs are file offsets, as in instrumented modules. */
  readonly forModules: HookImports & FoldRoutines;
}

/** Instantiates the hooks for this thread. */
export function threadHooks(
  { arena, globals, rules, hasPcExt, hasUnique }: Device,
  module: WebAssembly.Module,
): ThreadHooks {
  const common = { countFirst: rules.countFirst, proposals: hasPcExt || hasUnique };
  const instantiate = (slide: bigint): unknown => instantiateHooks(module, arena.memory, globals, { slide, ...common });
  return {
    forCallers: instantiate(arena.load64(HEADER_SLIDE)) as KcovHooks,
    forModules: instantiate(0n) as ThreadHooks["forModules"],
  };
}

/** What modules on one thread import besides hooks and globals. */
export interface ThreadParts {
  readonly counters: CounterRegions;
  readonly counterStore: CounterStore;
  readonly dirtyMaps: DirtyMaps;
  readonly sanitizer: SanitizerHost;
}

/** Creates the parts for a thread that has no instances yet. */
export function threadParts(device: Device, counterStore: CounterStore): ThreadParts {
  const [counters, dirtyMaps] = [new CounterRegions(device), new DirtyMaps(device)];
  return { counters, counterStore, dirtyMaps, sanitizer: new SanitizerHost() };
}

/** Creates the import object. Memories of which every instance gets a new one are created on request. */
export function importsOf({ arena, globals }: Device, hooks: HookImports, parts: ThreadParts): KcovImports {
  const { counters, counterStore, dirtyMaps, sanitizer } = parts;
  const names = [...Object.keys(HOOKS), ...Object.values(CALL_HOOKS)] as HookName[];
  const values = {
    memory: arena.memory,
    ...globals,
    ...(Object.fromEntries(names.map((name) => [name, hooks[name]])) as HookImports),
    [COUNTERS_INIT]: counters.createInit(),
    [DIRTY_MAP_INIT]: dirtyMaps.createInit(),
    ...sanitizer.imports,
  };
  const own = { [COUNTERS_INIT]: counters.createInit, [DIRTY_MAP_INIT]: dirtyMaps.createInit };
  const withMemories = withOwnMemories(values, (name) => counterStore.importFor(name), own);
  return { [IMPORT_MODULE]: withShadows(withMemories) };
}
