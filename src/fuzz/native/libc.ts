/** The system's C library. */

import type { Koffi } from "./koffi.ts";

/** What koffi's `load` returns. */
export type Library = ReturnType<Koffi["load"]>;

/** @throws {Error} koffi cannot load it */
export function loadLibc(koffi: Koffi): Library {
  // The process has loaded it already: dlopen(NULL) finds it, whatever its file is called (glibc, musl, macOS).
  return koffi.load(null);
}
