/** What instrumented modules import on one thread, and the hooks behind it. */

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

/** What an instrumented module imports. Spread it into the import object, whichever way the module is linked. */
export type KcovImports = {
  /** The module "kcov" of the import object. */
  kcov: HookImports &
    TaskGlobals & {
      /** The device's memory. */
      memory: WebAssembly.Memory;
      /** Gives an instance its counters. */
      [COUNTERS_INIT]: ReturnType<CounterRegions["createInit"]>;
      /** Gives an instance its dirty map. */
      [DIRTY_MAP_INIT]: ReturnType<DirtyMaps["createInit"]>;
    };
};

/** The compiled hooks on a device, twice: the two disagree about what a pc is. */
export interface ThreadHooks {
  /** PCs are addresses, which are canonicalised by the device's slide. */
  readonly forCallers: KcovHooks;
  /** PCs are offsets in a file, as instrumented modules carry them. */
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

/** What modules on one thread get besides hooks and globals. */
export interface ThreadParts {
  readonly counters: CounterRegions;
  readonly counterStore: CounterStore;
  readonly dirtyMaps: DirtyMaps;
  readonly sanitizer: SanitizerHost;
}

/** Makes the parts for a thread that has no instances yet. */
export function threadParts(device: Device, counterStore: CounterStore): ThreadParts {
  const [counters, dirtyMaps] = [new CounterRegions(device), new DirtyMaps(device)];
  return { counters, counterStore, dirtyMaps, sanitizer: new SanitizerHost() };
}

/** Makes the import object. Memories that every instance gets anew are made when they are asked for. */
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
