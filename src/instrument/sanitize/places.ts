/** Where the sanitizer's additions to a module are in the written binary. */

import type { Indices } from "../code/site_rendering.ts";
import { required } from "../required.ts";
import type { CheckIndices } from "./check_code.ts";

/** A function: its index among those that the module defines, or the name under which it is imported. */
export type FunctionPlace = number | string;

export interface SanitizerPlaces {
  /** The import name of the shadow; undefined in the import link. */
  readonly shadow: string | undefined;
  readonly accessible: FunctionPlace;
  readonly fill: FunctionPlace;
  readonly access: FunctionPlace;
  readonly unwound: FunctionPlace;
  readonly exhausted: FunctionPlace;
  /** Index of the global in the original; undefined if there is none. */
  readonly stackPointer: number | undefined;
  /** The number of globals that the original imports. */
  readonly importedGlobals: number;
  readonly goesOn: boolean;
  /** Pairs of functions whose bodies are swapped, by their indices. */
  readonly swaps: readonly (readonly [number, number])[];
}

export function checkIndices(places: SanitizerPlaces, indices: Indices): CheckIndices {
  const { functions, memories, imported } = indices;
  const of = (place: FunctionPlace): number =>
    typeof place === "number" ? imported.functions + place : required(functions, place);
  const { stackPointer = 0, importedGlobals } = places;
  // Imports that the pass added come between those of the original and what it defines.
  const moved = stackPointer < importedGlobals ? 0 : imported.globals - importedGlobals;
  return {
    shadow: places.shadow === undefined ? undefined : required(memories, places.shadow),
    accessible: of(places.accessible),
    fill: of(places.fill),
    access: of(places.access),
    unwound: of(places.unwound),
    exhausted: of(places.exhausted),
    stackPointer: stackPointer + moved,
    goesOn: places.goesOn,
  };
}

/** The indices of functions in the order in which their bodies are to be written. */
export function swapBodies(count: number, places: SanitizerPlaces | undefined): number[] {
  const order = Array.from({ length: count }, (_, k) => k);
  for (const [a, b] of places?.swaps ?? []) {
    order[a] = b;
    order[b] = a;
  }
  return order;
}
