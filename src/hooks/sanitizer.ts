/** The compiled memory sanitizer, available without file access. */

import { fromBase64 } from "./base64.ts";
import { HEAP_BASE64 } from "./heap_binary.ts";
import { SHADOW_BASE64 } from "./shadow_binary.ts";

/** The compiled assembly/sanitize/shadow, which maintains a shadow. Its memory is the shadow. */
export function shadowBinary(): Uint8Array<ArrayBuffer> {
  return fromBase64(SHADOW_BASE64);
}

/** The compiled assembly/sanitize/heap, which replaces an allocator. It runs in the program's memory. */
export function heapBinary(): Uint8Array<ArrayBuffer> {
  return fromBase64(HEAP_BASE64);
}
