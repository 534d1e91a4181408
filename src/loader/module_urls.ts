/**
 * V8's name of a module in stacks: `wasm://wasm/NAME-HASH`, or `wasm://wasm/HASH` if the module has no name. The hash
 * is that of V8's strings, computed over the module's bytes: 30 bits, and two more that say what kind of number it is.
 */

/** Longer strings are not hashed: their length serves as the hash. */
const MAX_HASHED = 16_383;
/** Shorter modules have no code, so they are never in a stack. */
const LEAST_WITH_CODE = 17;
const HASH_BITS = 0x3fff_ffff;
/** V8 replaces a hash of 0 by this, since 0 stands for no hash. */
const NO_HASH = 27;

/** The hashes that a module may have, one for each algorithm of V8's versions, always in the same order. */
export function moduleHashes(bytes: Uint8Array): string[] {
  if (bytes.length > MAX_HASHED) return [format(bytes.length)];
  if (bytes.length < LEAST_WITH_CODE) return [];
  return [format(oneAtATime(bytes)), format(Number(rapidHash(bytes) & BigInt(HASH_BITS)))];
}

/** The hash in V8's name of a module; undefined for any other URL. */
export function hashInUrl(url: string): string | undefined {
  return MODULE_URL.exec(url)?.[1];
}

const MODULE_URL = /^wasm:\/\/wasm\/(?:.*-)?([0-9a-f]{8})$/;

function format(hash: number): string {
  return ((((hash & HASH_BITS || NO_HASH) << 2) | 2) >>> 0).toString(16).padStart(8, "0");
}

/** Jenkins's hash: V8 before 14, that of Node.js 26. */
function oneAtATime(bytes: Uint8Array): number {
  let hash = 0;
  for (let k = 0; k < bytes.length; k++) {
    hash = (hash + (bytes[k] as number)) | 0;
    hash = (hash + (hash << 10)) | 0;
    hash ^= hash >>> 6;
  }
  hash = (hash + (hash << 3)) | 0;
  hash ^= hash >>> 11;
  return (hash + (hash << 15)) | 0;
}

const MASK_64 = (1n << 64n) - 1n;
const SECRET = [0x2d358dccaa6c78a5n, 0x8bb84b93962eacc9n, 0x4b33a62ed433d4a3n] as const;

/** De Carli's rapidhash, version 1, with seed 0. */
function rapidHash(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = BigInt(bytes.length);
  const at = (offset: number): bigint => view.getBigUint64(offset, true);
  const [s0, s1, s2] = SECRET;
  let seed = mix(s0, s1) ^ length;
  let [offset, rest] = [0, bytes.length];
  if (rest > 48) {
    let [second, third] = [seed, seed];
    for (; rest >= 48; offset += 48, rest -= 48) {
      seed = mix(at(offset) ^ s0, at(offset + 8) ^ seed);
      second = mix(at(offset + 16) ^ s1, at(offset + 24) ^ second);
      third = mix(at(offset + 32) ^ s2, at(offset + 40) ^ third);
    }
    seed ^= second ^ third;
  }
  if (rest > 16) seed = mix(at(offset) ^ s2, at(offset + 8) ^ seed ^ s1);
  if (rest > 32) seed = mix(at(offset + 16) ^ s2, at(offset + 24) ^ seed);
  const product = (at(offset + rest - 16) ^ s1) * (at(offset + rest - 8) ^ seed);
  return mix((product & MASK_64) ^ s0 ^ length, (product >> 64n) ^ s1);
}

/** The exclusive or of the halves of a 128-bit product. */
function mix(a: bigint, b: bigint): bigint {
  const product = a * b;
  return (product & MASK_64) ^ (product >> 64n);
}
