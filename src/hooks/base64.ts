/** Binaries that the build has put into modules as text. */

// As it is now: in Node.js it is made when it is first used, which a program may have made impossible by then.
const { atob } = globalThis;

/** @returns the bytes, a fresh copy at each call */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
