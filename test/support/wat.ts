/** Modules for tests, from the text format. */

import binaryen from "binaryen";

/** Everything that Binaryen's text parser knows. */
const ALL_FEATURES = Object.values(binaryen.Features as unknown as Record<string, number>).reduce(
  (all, bit) => all | bit,
  0,
);

/** Assembles a module. Names are kept if `names` is set. */
export function wat(text: string, names = false): Uint8Array<ArrayBuffer> {
  const module = binaryen.parseText(text, ALL_FEATURES);
  const before = binaryen.getDebugInfo();
  binaryen.setDebugInfo(names);
  try {
    module.setFeatures(module.getFeatures() & ~binaryen.Features.CompactImports);
    return new Uint8Array(module.emitBinary());
  } finally {
    binaryen.setDebugInfo(before);
    module.dispose();
  }
}

/** The text of a module. */
export function toWat(binary: Uint8Array): string {
  const module = binaryen.readBinary(binary, ALL_FEATURES);
  try {
    return module.emitText();
  } finally {
    module.dispose();
  }
}
