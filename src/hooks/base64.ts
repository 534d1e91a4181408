/** Binaries that the build has put into modules as text. */

// Read now: Node.js creates it on first access, which a program may have made impossible by then.
const { atob } = globalThis;

/** @returns the bytes, a fresh copy at each call */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
