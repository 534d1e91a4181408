/** Maps files into the address space. */

import { type Koffi, loadLibc } from "./koffi.ts";

const PROT_READ_WRITE = 1 | 2;
const MAP_SHARED = 1;
const FAILED = -1n;

/**
 * Maps the beginning of an open file as shared memory: what is written there outlives the process.
 *
 * @param bytes how much to map; the file must be at least this long
 * @throws {Error} the system has no mmap, or it fails
 */
export function mapFile(koffi: Koffi, fd: number, bytes: number): Uint8Array<ArrayBuffer> {
  const mmap = loadLibc(koffi).func("intptr_t mmap(intptr_t, size_t, int, int, int, intptr_t)") as (
    ...args: number[]
  ) => number | bigint;
  const address = BigInt(mmap(0, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0));
  if (address === FAILED) throw new Error(`a file of ${bytes} bytes cannot be mapped`);
  return new Uint8Array(koffi.view(address, bytes));
}
