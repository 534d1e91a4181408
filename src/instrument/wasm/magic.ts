/** The magic number with which a WebAssembly binary begins. */

const MAGIC = [0x00, 0x61, 0x73, 0x6d];

/** Whether bytes begin with WebAssembly's magic number. Nothing else is checked. */
export function hasMagic(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, k) => bytes[k] === byte);
}
