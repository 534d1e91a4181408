/** What writes a profile under WASI, compiled, without file access. */

import { PROFILE_BASE64 } from "./profile_binary.ts";

/** assembly/profile. Its memory is the program's. */
export function profileBinary(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(PROFILE_BASE64), (char) => char.charCodeAt(0));
}
