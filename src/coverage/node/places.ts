/** Maps code of an instrumented module to the original. */

import { OriginalPositions } from "../../instrument/original_position.ts";
import { readPcTable } from "../../instrument/read_pc_table.ts";

/** @param binary the instrumented module */
export function placesInInstrumented(original: Uint8Array, binary: Uint8Array<ArrayBuffer>): OriginalPositions {
  return new OriginalPositions(original, binary, readPcTable(binary));
}
