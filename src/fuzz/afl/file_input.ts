/** Test cases that do not come through shared memory. */

import { readFileSync, readSync } from "node:fs";

/** Path of a file that is written anew for each run; undefined: standard input, which is rewound for each run. */
export type FileInput = string | undefined;

const STDIN_FD = 0;
const CHUNK_BYTES = 1 << 16;

/** Reads the whole test case. @throws {Error} ENOENT … */
export function readInput(file: FileInput): Uint8Array {
  return file === undefined ? readStandardInput() : readFileSync(file);
}

/** Not with readFileSync, which reads a file from the current position, but stops short of the end of a pipe. */
function readStandardInput(): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (;;) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const read = readSync(STDIN_FD, chunk, 0, CHUNK_BYTES, null);
    if (read === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, read));
  }
}
