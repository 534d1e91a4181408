/**
 * Hashes, by which content is named, and unique names. node:crypto takes 10 ms to load, which a process that has
 * nothing to name must not pay: it is loaded synchronously on first use, and stays loaded.
 */

import { createRequire } from "node:module";

type Crypto = typeof import("node:crypto");

/** SHA-256, by OpenSSL. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return crypto().createHash("sha256").update(bytes).digest();
}

/** SHA-256 in lower-case hexadecimal. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return crypto().createHash("sha256").update(bytes).digest("hex");
}

/** A unique name. */
export function uniqueName(): string {
  return crypto().randomUUID();
}

function crypto(): Crypto {
  return createRequire(import.meta.url)("node:crypto") as Crypto;
}
