import { fd_prestat_dir_name, fd_prestat_get } from "./wasi";

// Finds the preopened directory that contains a path. Hosts use any form of names: "/", ".", "/profiles", "profiles/".

const FIRST = 3;
/** One more than the last file descriptor that is tried: nobody preopens more. */
const END: u32 = 4096;
/** EBADF: there are no more preopened directories. */
const NO_FD = 8;
const IS_DIRECTORY = 0;
const SLASH = 0x2f;
const DOT = 0x2e;

/** Longer names are not expected, and are skipped. */
export const LONGEST_NAME: u32 = 4096;

/** The directory that was found, and the rest of the path, from there. */
export let directory: u32 = 0;
export let rest: u32 = 0;

/**
 * Finds the directory whose name is the longest prefix of a path.
 *
 * @param results address of 8 bytes for the host's results
 * @param name address of LONGEST_NAME + 1 bytes
 * @returns whether there is such a directory
 */
export function findDirectory(path: u32, results: u32, name: u32): bool {
  rest = 0;
  for (let fd: u32 = FIRST; fd < END; fd++) {
    const error = fd_prestat_get(fd, results);
    if (error == NO_FD) break;
    if (error != 0 || load<u8>(results) != IS_DIRECTORY) continue;
    const length = load<u32>(results, 4);
    if (length > LONGEST_NAME || fd_prestat_dir_name(fd, name, length) != 0) continue;
    store<u8>(name + length, 0);
    const behind = restBehind(path, name);
    if (behind <= rest) continue;
    directory = fd;
    rest = behind;
  }
  return rest != 0;
}

/** The part of a path after the name of a directory; 0 if the path is not in it. */
function restBehind(path: u32, name: u32): u32 {
  path = withoutDots(path);
  name = withoutDots(name);
  if (load<u8>(name) == 0) return load<u8>(path) == SLASH ? 0 : path;
  let last: u32 = 0;
  let byte: u32 = load<u8>(name);
  while (byte != 0 && byte == load<u8>(path)) {
    last = byte;
    path++;
    byte = load<u8>(++name);
  }
  const other = load<u8>(path);
  if (byte == 0) return other == 0 || other == SLASH || last == SLASH ? withoutSlashes(path) : 0;
  // "profiles" is in "profiles/".
  return other == 0 && load<u8>(withoutSlashes(name)) == 0 ? path : 0;
}

/** "./profiles" becomes "profiles", and "." becomes empty. */
function withoutDots(path: u32): u32 {
  while (load<u8>(path) == DOT) {
    const next = load<u8>(path, 1);
    if (next != 0 && next != SLASH) break;
    path = withoutSlashes(path + 1);
  }
  return path;
}

function withoutSlashes(path: u32): u32 {
  while (load<u8>(path) == SLASH) path++;
  return path;
}
