/** `process.emit`, by which Node.js notifies a program of its end, of signals and of errors. */

import { type Replacement, replace } from "../replace.ts";

/** Replaces it. It is inherited, so it is made an own property first. @returns a function that restores it */
export function replaceEmit(replacement: Replacement): () => void {
  if (!Object.hasOwn(process, "emit")) {
    const descriptor = { value: process.emit, writable: true, enumerable: false, configurable: true };
    Object.defineProperty(process, "emit", descriptor);
  }
  return replace(process, "emit", replacement);
}
