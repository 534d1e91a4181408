/** What writes a profile under WASI, compiled, without file access. */

import { fromBase64 } from "./base64.ts";
import { PROFILE_BASE64 } from "./profile_binary.ts";

/** assembly/profile. Its memory is the program's. */
export function profileBinary(): Uint8Array<ArrayBuffer> {
  return fromBase64(PROFILE_BASE64);
}
