/** What a WebAssembly binary begins with. */

const MAGIC = [0x00, 0x61, 0x73, 0x6d];

/** Whether bytes say that they are a binary of WebAssembly. Nothing else of them is looked at. */
export function hasMagic(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, k) => bytes[k] === byte);
}
