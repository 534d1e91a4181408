/** The compiled memory sanitizer, without file access. */

import { HEAP_BASE64 } from "./heap_binary.ts";
import { SHADOW_BASE64 } from "./shadow_binary.ts";

// As it is now: see index.ts.
const { atob } = globalThis;

/** What keeps a shadow: assembly/sanitize/shadow. Its memory is the shadow's. */
export function shadowBinary(): Uint8Array<ArrayBuffer> {
  return decode(SHADOW_BASE64);
}

/** What stands for an allocator: assembly/sanitize/heap. Its memory is the program's. */
export function heapBinary(): Uint8Array<ArrayBuffer> {
  return decode(HEAP_BASE64);
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}
