/** A test case that does not come through shared memory. */

import { readFileSync, readSync } from "node:fs";

/** Path of a file that is there anew for each run; undefined: standard input, which is rewound for each run. */
export type FileInput = string | undefined;

const STDIN_FD = 0;
const CHUNK_BYTES = 1 << 16;

/** Reads all of it. @throws {Error} ENOENT … */
export function readInput(file: FileInput): Uint8Array {
  return file === undefined ? readStandardInput() : readFileSync(file);
}

/** Not readFileSync: that asks for the size of the file and reads from where it stands, but stops short of a pipe's. */
function readStandardInput(): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (;;) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const read = readSync(STDIN_FD, chunk, 0, CHUNK_BYTES, null);
    if (read === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, read));
  }
}
