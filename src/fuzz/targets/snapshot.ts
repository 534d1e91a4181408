/** The state of an instance at one point in time, which can be restored any number of times. */

import { STATE_EXPORTS } from "../../abi/hooks.ts";
import type { StateScope } from "../../instrument/index.ts";
import type { KcovDirtyMap } from "../../runtime/dirty_maps.ts";
import type { GuestMemory } from "./guest_memory.ts";
import { MemorySnapshot } from "./memory_snapshot.ts";
import { TableSnapshot } from "./table_snapshot.ts";

export class Snapshot {
  readonly #restoreGlobals: () => void;
  readonly #memory: MemorySnapshot | undefined;
  readonly #tables: readonly TableSnapshot[];
  /** Not 0 once code has changed a table. */
  readonly #tablesChanged: WebAssembly.Global | undefined;

  /**
   * Takes the snapshot.
   *
   * @param exports exports of an instance instrumented with this `scope` or a larger one
   * @param map undefined if stores are not marked
   */
  constructor(
    exports: WebAssembly.Exports,
    scope: StateScope,
    memory: GuestMemory | undefined,
    map: KcovDirtyMap | undefined,
  ) {
    const changed = scope === "memory" ? exports[STATE_EXPORTS.tablesChanged] : undefined;
    this.#tablesChanged = changed instanceof WebAssembly.Global ? changed : undefined;
    // This comes before the globals are saved, because it is one of them.
    if (this.#tablesChanged) this.#tablesChanged.value = 0;
    (exports[STATE_EXPORTS.save] as () => void)();
    this.#restoreGlobals = exports[STATE_EXPORTS.restore] as () => void;
    this.#memory = scope === "memory" && memory ? new MemorySnapshot(memory, map) : undefined;
    this.#tables = this.#tablesChanged ? tablesOf(exports) : [];
  }

  /** Restores everything. @param everywhere restore all of the memory: something wrote to it without marking */
  restore(everywhere: boolean): void {
    if (this.#tablesChanged && this.#tablesChanged.value !== 0) {
      for (const table of this.#tables) table.restore();
    }
    this.#restoreGlobals();
    this.#memory?.restore(everywhere);
  }
}

function tablesOf(exports: WebAssembly.Exports): TableSnapshot[] {
  return Object.entries(exports).flatMap(([name, table]) =>
    name.startsWith(STATE_EXPORTS.table) && table instanceof WebAssembly.Table ? [new TableSnapshot(table)] : [],
  );
}
