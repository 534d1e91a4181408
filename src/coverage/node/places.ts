/** Where the code of an instrumented module is in the original. */

import { OriginalPositions } from "../../instrument/original_position.ts";
import { readPcTable } from "../../instrument/read_pc_table.ts";

/** @param binary that was instrumented */
export function placesInInstrumented(original: Uint8Array, binary: Uint8Array<ArrayBuffer>): OriginalPositions {
  return new OriginalPositions(original, binary, readPcTable(binary));
}
