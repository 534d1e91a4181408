/**
 * One block of counters for all instances of a module. A script may create an instance for every input: each counts for
 * one execution only, and an engine that had to look at the counters of all instances ever created would get slower
 * with each.
 */

import { COUNTERS_INIT, IMPORT_MODULE } from "../../abi/hooks.ts";
import type { KcovImports } from "../../runtime/imports.ts";
import type { Kcov } from "../../runtime/kcov.ts";

type Init = (count: number, id: bigint) => number;

/** The device's imports, changed so that all instances of a module use the counters of the first. */
export function shareCounters(kcov: Kcov): KcovImports {
  /** By module. Keeps the function alive, too: a device may take it for the instance and free the counters with it. */
  const first = new Map<string, { readonly address: number; readonly init: Init }>();
  const hooks = kcov.imports[IMPORT_MODULE] as WebAssembly.ModuleImports;
  const init: Init = (count, id) => {
    const key = `${id} ${count}`;
    let known = first.get(key);
    if (known === undefined) {
      const own = hooks[COUNTERS_INIT] as Init;
      known = { address: own(count, id), init: own };
      first.set(key, known);
    }
    return known.address;
  };
  return {
    ...kcov.imports,
    [IMPORT_MODULE]: Object.create(hooks, { [COUNTERS_INIT]: { value: init, enumerable: true } }),
  };
}
