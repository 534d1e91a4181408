/** Reads and writes the 32-bit words that are exchanged with AFL++ over pipes. */

import { readSync, writeSync } from "node:fs";

const AFL_WORD_BYTES = 4;

/** @returns the next word; undefined if the other end is closed */
export function readWord(fd: number): number | undefined {
  const bytes = new Uint8Array(AFL_WORD_BYTES);
  return readWordInto(fd, bytes) ? new DataView(bytes.buffer).getUint32(0, true) : undefined;
}

/** Reads a word into a buffer, without decoding it. @returns false if the other end is closed */
export function readWordInto(fd: number, bytes: Uint8Array): boolean {
  for (let got = 0; got < AFL_WORD_BYTES; ) {
    const read = readSync(fd, bytes, got, AFL_WORD_BYTES - got, null);
    if (read === 0) return false;
    got += read;
  }
  return true;
}

/** Encodes a word for the pipe. */
export function encodeWord(word: number): Uint8Array {
  const bytes = new Uint8Array(AFL_WORD_BYTES);
  new DataView(bytes.buffer).setUint32(0, word, true);
  return bytes;
}

/** Writes all of `bytes`. @returns false if the other end is closed */
export function writeAll(fd: number, bytes: Uint8Array): boolean {
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EPIPE") return false;
    throw error;
  }
}
