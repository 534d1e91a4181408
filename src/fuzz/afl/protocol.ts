/**
 * AFL++'s fork-server protocol: 32-bit little-endian words on two pipes that the program under test inherits.
 *
 *     afl-fuzz                                           program under test
 *                 ◀── 199 ── hello: HELLO_* bits, map size ──
 *                 ─── 198 ── reply: HELLO_* bits granted ───▶    if shared input or a dictionary was offered
 *                 ◀── 199 ── dictionary ─────────────────────    if it was granted
 *       each run: ─── 198 ── anything ──────────────────────▶
 *                 ◀── 199 ── process id ─────────────────────
 *                 ◀── 199 ── status, as from waitpid ────────
 *
 * The protocol is that of AFL++ 3 and 4; later versions accept it in addition to their own.
 */

export const CONTROL_FD = 198;
export const STATUS_FD = 199;

/** Environment variables that hold the ids of shared memory segments. */
export const MAP_VARIABLE = "__AFL_SHM_ID";
export const INPUT_VARIABLE = "__AFL_SHM_FUZZ_ID";
export const CMPLOG_VARIABLE = "__AFL_CMPLOG_SHM_ID";
/** Set for the fork server that should record comparisons. */
export const CMPLOG_MODE_VARIABLE = "___AFL_EINS_ZWEI_POLIZEI___";

const HELLO_ENABLED = 0x80000001;
const HELLO_MAP_SIZE = 0x40000000;
const HELLO_DICTIONARY = 0x10000000;
const HELLO_CMPLOG = 0x02000000;
const HELLO_SHARED_INPUT = 0x01000000;
/** Bits 1 to 23 hold the size of the map minus 1. */
const MAP_SIZE_LIMIT = 1 << 23;

/** The run is over, and the process waits for the next one: stopped by SIGSTOP, as a persistent target is. */
export const STATUS_DONE = 0x137f;
/** Ended by SIGABRT: a crash. */
export const STATUS_CRASH = 6;
/** Ended by SIGKILL, with which AFL++ ends hangs. */
export const STATUS_KILLED = 9;

/** The largest map that a hello can ask for, in bytes. */
export const MAX_MAP_BYTES: number = MAP_SIZE_LIMIT;

/** What the program under test offers. */
export interface Offer {
  readonly mapBytes: number;
  readonly sharedInput: boolean;
  readonly dictionary: boolean;
}

/** What AFL++ granted of the offer. */
export interface Grant {
  readonly sharedInput: boolean;
  readonly dictionary: boolean;
}

export function encodeHello({ mapBytes, sharedInput, dictionary }: Offer): number {
  const bits =
    HELLO_ENABLED |
    HELLO_MAP_SIZE |
    ((mapBytes - 1) << 1) |
    HELLO_CMPLOG |
    (sharedInput ? HELLO_SHARED_INPUT : 0) |
    (dictionary ? HELLO_DICTIONARY : 0);
  return bits >>> 0;
}

/** Whether AFL++ replies to a hello with this offer. */
export function expectsReply({ sharedInput, dictionary }: Offer): boolean {
  return sharedInput || dictionary;
}

export function decodeReply(word: number): Grant {
  return { sharedInput: (word & HELLO_SHARED_INPUT) !== 0, dictionary: (word & HELLO_DICTIONARY) !== 0 };
}

/** The longest token that a dictionary can hold, in bytes: its length is one byte. */
export const MAX_TOKEN_BYTES = 255;

/** Encodes a dictionary: the length of what follows, then the length and the bytes of each token. */
export function encodeDictionary(tokens: readonly Uint8Array[]): Uint8Array {
  const total = tokens.reduce((sum, token) => sum + 1 + token.length, 0);
  const message = new Uint8Array(4 + total);
  new DataView(message.buffer).setUint32(0, total, true);
  let position = 4;
  for (const token of tokens) {
    message[position++] = token.length;
    message.set(token, position);
    position += token.length;
  }
  return message;
}
