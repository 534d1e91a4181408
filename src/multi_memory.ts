/** Whether this engine runs modules with several memories. Separate from the pass, which includes Binaryen. */

import { engine } from "./engine.ts";

/** (memory 0) (memory 0) */
const TWO_MEMORIES = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 5, 2, 0, 0, 0, 0];

/** Whether this engine runs modules with several memories, which the fused link needs. */
export function hasMultiMemory(): boolean {
  return engine.validate(Uint8Array.from(TWO_MEMORIES));
}
