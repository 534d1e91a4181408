/** The compiled writer of profiles under WASI, available without file access. */

import { fromBase64 } from "./base64.ts";
import { PROFILE_BASE64 } from "./profile_binary.ts";

/** The compiled assembly/profile. It runs in the program's memory. */
export function profileBinary(): Uint8Array<ArrayBuffer> {
  return fromBase64(PROFILE_BASE64);
}
