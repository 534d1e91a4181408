/** The C library of the machine. */

import type { Koffi } from "./koffi.ts";

/** What koffi's `load` gives. */
export type Library = ReturnType<Koffi["load"]>;

/** @throws {Error} there is none that is known */
export function loadLibc(koffi: Koffi): Library {
  // The process itself has it: null is dlopen's name for that, whatever the file is called (glibc, musl, macOS).
  return koffi.load(null);
}
