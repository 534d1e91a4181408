import {
  TEXT_CANNOT_WRITE,
  TEXT_ERROR,
  TEXT_EXTENSION,
  TEXT_NOT_PREOPENED,
  TEXT_VARIABLE,
} from "../../src/abi/standalone";
import { directory, findDirectory, LONGEST_NAME, rest } from "./directory";
import { NO_ROOM, roomFor } from "./memory";
import { word, words } from "./module";
import { after, copyText, endOf, putByte, putNumber, putText } from "./text";
import { environ_get, environ_sizes_get, fd_close, fd_write, path_open, random_get } from "./wasi";

// Writes the profile of a program under WASI: a new file in the directory that the environment names. The layout of the
// memory that this uses:
//
//     0      results of calls            16 bytes
//     16     an iovec for fd_write       8 bytes
//     24     random bytes                8 bytes
//     32     a text                      96 bytes
//     128    name of a directory, path   LONGEST_NAME + 1 each, and 128
//     16384  output buffer               32 KiB
//     49152  the environment             of any size

const VECTOR = 16;
const RANDOM = 24;
const RANDOM_BYTES: u32 = 8;
const TEXT = 32;
const NAME = 128;
const PATH: u32 = NAME + LONGEST_NAME + 1;
const CHUNK = 16384;
const CHUNK_WORDS: u32 = 4096;
const ENVIRONMENT = 49152;
/** The minimum size of memory that is requested. */
const LEAST = 65536;

/** WASI errors. */
const NAME_TOO_LONG = 37;
const NO_ENTRY = 44;
const NO_MEMORY = 48;
const IO = 29;

const STDERR = 2;
/** Create a new file, do not open an existing one. */
const CREATE_EXCLUSIVELY = 1 | 4;
const MAY_WRITE: u64 = 1 << 6;

/**
 * Writes the profile. If the environment requests one and it cannot be written, a line on stderr says why.
 *
 * @param isEnd whether the program no longer needs its memory
 * @returns WASI's error; ENOENT if the environment names no directory
 */
export function write(isEnd: u32): u32 {
  let base = roomFor(LEAST, isEnd);
  if (base == NO_ROOM) return NO_MEMORY;
  const sizes = environ_sizes_get(base, base + 4);
  if (sizes != 0) return sizes;
  const count = load<u32>(base);
  const bytes = ENVIRONMENT + 4 * count + load<u32>(base, 4);
  base = roomFor(bytes > LEAST ? bytes : LEAST, isEnd);
  if (base == NO_ROOM) return NO_MEMORY;
  const values = base + ENVIRONMENT + 4 * count;
  const environment = environ_get(base + ENVIRONMENT, values);
  if (environment != 0) return environment;
  const place = valueOfVariable(base, count);
  if (place == 0 || load<u8>(place) == 0) return NO_ENTRY;
  const error = writeTo(base, place);
  if (error != 0) complain(base, place, error);
  return error;
}

/** @returns the address of the variable's value; 0 if it is not set */
function valueOfVariable(base: u32, count: u32): u32 {
  putText(base + TEXT, TEXT_VARIABLE);
  for (let index: u32 = 0; index < count; index++) {
    const value = after(load<u32>(base + ENVIRONMENT + 4 * index), base + TEXT);
    if (value != 0) return value;
  }
  return 0;
}

function writeTo(base: u32, place: u32): u32 {
  if (endOf(place) - place > LONGEST_NAME) return NAME_TOO_LONG;
  if (!findDirectory(place, base, base + NAME)) return NO_ENTRY;
  const random = random_get(base + RANDOM, RANDOM_BYTES);
  if (random != 0) return random;
  const path = base + PATH;
  const length = putPath(base, path) - path;
  const error = path_open(directory, 0, path, length, CREATE_EXCLUSIVELY, MAY_WRITE, 0, 0, base);
  if (error != 0) return error;
  const fd = load<u32>(base);
  const written = writeWords(fd, base);
  const closed = fd_close(fd);
  return written != 0 ? written : closed;
}

/** Writes a path in the directory with a name that no other process uses. @returns where it ends */
function putPath(base: u32, path: u32): u32 {
  let at = copyText(path, rest);
  if (at != path) store<u8>(at++, 0x2f);
  for (let index: u32 = 0; index < RANDOM_BYTES; index++) at = putByte(at, load<u8>(base + RANDOM + index));
  return putText(at, TEXT_EXTENSION);
}

function writeWords(fd: u32, base: u32): u32 {
  const count = words();
  const chunk = base + CHUNK;
  for (let first: u32 = 0; first < count; ) {
    let filled: u32 = 0;
    while (filled < CHUNK_WORDS && first < count) store<u64>(chunk + 8 * filled++, word(first++));
    const error = writeBytes(fd, base, chunk, 8 * filled);
    if (error != 0) return error;
  }
  return 0;
}

function writeBytes(fd: u32, base: u32, at: u32, bytes: u32): u32 {
  while (bytes > 0) {
    store<u32>(base + VECTOR, at);
    store<u32>(base + VECTOR + 4, bytes);
    const error = fd_write(fd, base + VECTOR, 1, base);
    if (error != 0) return error;
    const written = load<u32>(base);
    if (written == 0 || written > bytes) return IO;
    at += written;
    bytes -= written;
  }
  return 0;
}

function complain(base: u32, place: u32, error: u32): void {
  const line = base + CHUNK;
  let end = putText(line, TEXT_CANNOT_WRITE);
  end = endOf(place) - place > LONGEST_NAME ? end : copyText(end, place);
  if (error == NO_ENTRY && rest == 0) end = putText(end, TEXT_NOT_PREOPENED);
  else end = putNumber(putText(end, TEXT_ERROR), error);
  store<u8>(end++, 0x0a);
  writeBytes(STDERR, base, line, end - line);
}
