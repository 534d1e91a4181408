/** Modules for tests, from the text format. */

import binaryen from "binaryen";

/** binaryen.js takes features as a second argument of these two, which its types do not have. */
const { parseText, readBinary, Features } = binaryen as unknown as {
  parseText(text: string, features: number): binaryen.Module;
  readBinary(binary: Uint8Array, features: number): binaryen.Module;
  Features: Record<string, number>;
};

/** Everything that Binaryen knows, but for encodings that no engine reads yet. */
const FEATURES = Object.entries(Features)
  .filter(([name]) => !["All", "CompactImports"].includes(name))
  .reduce((all, [, bit]) => all | bit, 0);

/** Assembles a module. Names are kept if `names` is set. */
export function wat(text: string, names: boolean = false): Uint8Array<ArrayBuffer> {
  const module = parseText(text, Features.All ?? 0);
  const before = binaryen.getDebugInfo();
  binaryen.setDebugInfo(names);
  try {
    module.setFeatures(FEATURES);
    return new Uint8Array(module.emitBinary());
  } finally {
    binaryen.setDebugInfo(before);
    module.dispose();
  }
}

/** The text of a module. */
export function toWat(binary: Uint8Array): string {
  const module = readBinary(binary, Features.All ?? 0);
  try {
    return module.emitText();
  } finally {
    module.dispose();
  }
}
