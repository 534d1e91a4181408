/** The compiled memory sanitizer, without file access. */

import { fromBase64 } from "./base64.ts";
import { HEAP_BASE64 } from "./heap_binary.ts";
import { SHADOW_BASE64 } from "./shadow_binary.ts";

/** What keeps a shadow: assembly/sanitize/shadow. Its memory is the shadow's. */
export function shadowBinary(): Uint8Array<ArrayBuffer> {
  return fromBase64(SHADOW_BASE64);
}

/** What stands for an allocator: assembly/sanitize/heap. Its memory is the program's. */
export function heapBinary(): Uint8Array<ArrayBuffer> {
  return fromBase64(HEAP_BASE64);
}
