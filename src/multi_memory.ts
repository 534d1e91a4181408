/** Whether this engine runs modules with several memories. Apart from the pass, which brings Binaryen along. */

import { MODULE_HEADER } from "./binary_format.ts";
import { engine } from "./engine.ts";

/** (memory 0) (memory 0) */
const TWO_MEMORIES = [...MODULE_HEADER, 5, 5, 2, 0, 0, 0, 0];

/** Whether this engine runs modules with several memories, which the fused link needs. */
export function hasMultiMemory(): boolean {
  return engine.validate(Uint8Array.from(TWO_MEMORIES));
}
