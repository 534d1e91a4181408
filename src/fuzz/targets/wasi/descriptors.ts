/** WASI functions on descriptors. */

import type { GuestMemory, Pointer } from "../guest_memory.ts";
import { ALL_RIGHTS, ERRNO, FILETYPE, WHENCE } from "./constants.ts";
import { INPUT_FILE, type OpenFile } from "./files.ts";
import type { WasiState } from "./state.ts";

const DIRECTORY_PATH = new TextEncoder().encode("/");
const IOVEC_BYTES = 8;
const DIRENT_BYTES = 24;
const FILESTAT_BYTES = 64;
const FILESTAT_FILETYPE = 16;
const FILESTAT_NLINK = 24;
const FILESTAT_SIZE = 32;

/** @param memory returns the program's memory */
export function descriptorFunctions(state: WasiState, memory: () => GuestMemory): Record<string, unknown> {
  const { files } = state;
  /** Wraps a function so that it returns BADF for a descriptor that is not open. */
  const opened =
    <Rest extends unknown[]>(use: (file: OpenFile, ...rest: Rest) => number) =>
    (fd: number, ...rest: Rest): number => {
      const file = files.get(fd >>> 0);
      return file ? use(file, ...rest) : ERRNO.BADF;
    };
  const accepted = opened(() => ERRNO.SUCCESS);
  const readOnly = opened(() => ERRNO.ROFS);
  return {
    fd_close: (fd: number) => (files.close(fd >>> 0) ? ERRNO.SUCCESS : ERRNO.BADF),
    fd_renumber: (from: number, to: number) => (files.renumber(from >>> 0, to >>> 0) ? ERRNO.SUCCESS : ERRNO.BADF),
    fd_advise: accepted,
    fd_datasync: accepted,
    fd_sync: accepted,
    fd_allocate: readOnly,
    fd_filestat_set_size: readOnly,
    fd_filestat_set_times: readOnly,
    fd_fdstat_set_rights: accepted,
    fd_fdstat_set_flags: opened((file, flags: number) => {
      file.flags = flags;
      return ERRNO.SUCCESS;
    }),
    fd_fdstat_get: opened((file, out: Pointer) => writeFdstat(memory(), file, out)),
    fd_filestat_get: opened((file, out: Pointer) => writeFilestat(memory(), file, sizeOf(state, file), out)),
    fd_prestat_get: opened((file, out: Pointer) => {
      if (file.kind !== "directory") return ERRNO.BADF;
      memory().setU32(out, 0);
      memory().setU32((out >>> 0) + 4, DIRECTORY_PATH.length);
      return ERRNO.SUCCESS;
    }),
    fd_prestat_dir_name: opened((file, path: Pointer, length: number) => {
      if (file.kind !== "directory") return ERRNO.BADF;
      memory().write(path, DIRECTORY_PATH.subarray(0, length >>> 0));
      return ERRNO.SUCCESS;
    }),
    fd_read: opened((file, vectors: Pointer, count: number, out: Pointer) => {
      const read = readInput(state, memory(), file, vectors, count, file.position);
      if (read.errno !== ERRNO.SUCCESS) return read.errno;
      file.position += read.bytes;
      memory().setU32(out, read.bytes);
      return ERRNO.SUCCESS;
    }),
    fd_pread: opened((file, vectors: Pointer, count: number, offset: bigint, out: Pointer) => {
      if (file.kind === "stdin") return ERRNO.SPIPE;
      const read = readInput(state, memory(), file, vectors, count, Number(BigInt.asUintN(64, offset)));
      if (read.errno === ERRNO.SUCCESS) memory().setU32(out, read.bytes);
      return read.errno;
    }),
    fd_write: opened((file, vectors: Pointer, count: number, out: Pointer) =>
      writeOutput(state, memory(), file, vectors, count, out),
    ),
    fd_pwrite: opened((file) => (file.kind === "directory" ? ERRNO.ISDIR : ERRNO.SPIPE)),
    fd_seek: opened((file, offset: bigint, whence: number, out: Pointer) =>
      seek(memory(), file, sizeOf(state, file), { offset, whence, out }),
    ),
    fd_tell: opened((file, out: Pointer) => {
      if (file.kind !== "input") return ERRNO.SPIPE;
      memory().setU64(out, BigInt(file.position));
      return ERRNO.SUCCESS;
    }),
    fd_readdir: opened((file, out: Pointer, length: number, cookie: bigint, used: Pointer) => {
      if (file.kind !== "directory") return ERRNO.NOTDIR;
      const entry = cookie === 0n ? directoryEntry() : new Uint8Array(0);
      const part = entry.subarray(0, length >>> 0);
      memory().write(out, part);
      memory().setU32(used, part.length);
      return ERRNO.SUCCESS;
    }),
  };
}

/** Size in bytes of what a descriptor reads. */
function sizeOf(state: WasiState, { kind }: OpenFile): number {
  return kind === "input" || kind === "stdin" ? state.input.length : 0;
}

/** The buffers of a vectored read or write. */
function* buffers(memory: GuestMemory, vectors: Pointer, count: number): Generator<[address: number, bytes: number]> {
  for (let k = 0; k < count >>> 0; k++) {
    const vector = (vectors >>> 0) + k * IOVEC_BYTES;
    yield [memory.u32(vector), memory.u32(vector + 4)];
  }
}

interface Read {
  errno: number;
  bytes: number;
}

function readInput(
  state: WasiState,
  memory: GuestMemory,
  file: OpenFile,
  vectors: Pointer,
  count: number,
  from: number,
): Read {
  if (file.kind === "directory") return { errno: ERRNO.ISDIR, bytes: 0 };
  if (file.kind !== "input" && file.kind !== "stdin") return { errno: ERRNO.BADF, bytes: 0 };
  let position = from;
  for (const [address, length] of buffers(memory, vectors, count)) {
    const part = state.input.subarray(position, position + length);
    memory.write(address, part);
    position += part.length;
    if (part.length < length) break;
  }
  return { errno: ERRNO.SUCCESS, bytes: position - from };
}

function writeOutput(
  state: WasiState,
  memory: GuestMemory,
  file: OpenFile,
  vectors: Pointer,
  count: number,
  out: Pointer,
): number {
  if (file.kind !== "stdout" && file.kind !== "stderr") return file.kind === "directory" ? ERRNO.ISDIR : ERRNO.BADF;
  let written = 0;
  for (const [address, length] of buffers(memory, vectors, count)) {
    state.output(file.kind, memory.read(address, length));
    written += length;
  }
  memory.setU32(out, written);
  return ERRNO.SUCCESS;
}

function seek(
  memory: GuestMemory,
  file: OpenFile,
  size: number,
  { offset, whence, out }: { offset: bigint; whence: number; out: Pointer },
): number {
  if (file.kind !== "input") return ERRNO.SPIPE;
  const bases: Readonly<Record<number, number>> = {
    [WHENCE.SET]: 0,
    [WHENCE.CUR]: file.position,
    [WHENCE.END]: size,
  };
  const base = bases[whence];
  const position = base === undefined ? -1 : base + Number(offset);
  if (position < 0) return ERRNO.INVAL;
  file.position = position;
  memory.setU64(out, BigInt(position));
  return ERRNO.SUCCESS;
}

function filetypeOf({ kind }: OpenFile): number {
  if (kind === "directory") return FILETYPE.DIRECTORY;
  return kind === "input" ? FILETYPE.REGULAR_FILE : FILETYPE.CHARACTER_DEVICE;
}

function writeFdstat(memory: GuestMemory, file: OpenFile, out: Pointer): number {
  const address = out >>> 0;
  memory.setU8(address, filetypeOf(file));
  memory.setU8(address + 1, 0);
  memory.setU16(address + 2, file.flags);
  memory.setU32(address + 4, 0);
  memory.setU64(address + 8, ALL_RIGHTS);
  memory.setU64(address + 16, ALL_RIGHTS);
  return ERRNO.SUCCESS;
}

/** Writes a `filestat` with all times 0. */
export function writeFilestat(memory: GuestMemory, file: OpenFile, size: number, out: Pointer): number {
  const stat = new DataView(new ArrayBuffer(FILESTAT_BYTES));
  stat.setUint8(FILESTAT_FILETYPE, filetypeOf(file));
  stat.setBigUint64(FILESTAT_NLINK, 1n, true);
  stat.setBigUint64(FILESTAT_SIZE, BigInt(size), true);
  memory.write(out, new Uint8Array(stat.buffer));
  return ERRNO.SUCCESS;
}

/** The directory's only entry. */
function directoryEntry(): Uint8Array {
  const name = new TextEncoder().encode(INPUT_FILE);
  const entry = new DataView(new ArrayBuffer(DIRENT_BYTES + name.length));
  entry.setBigUint64(0, 1n, true);
  entry.setUint32(16, name.length, true);
  entry.setUint8(20, FILETYPE.REGULAR_FILE);
  const bytes = new Uint8Array(entry.buffer);
  bytes.set(name, DIRENT_BYTES);
  return bytes;
}
