/** File descriptors of the device, assigned as a kernel does: the lowest free one. */

import { EBADF, EMFILE } from "../abi/errno.ts";
import { FDS_ADDRESS, FDS_FIRST, FDS_MAX, HEADER_FD_END, HEADER_FD_HINT } from "../abi/layout.ts";
import { KcovError } from "../errors.ts";
import type { Arena } from "../memory/arena.ts";
import { Descriptor } from "./descriptor.ts";

/**
 * @throws {KcovError} EBADF fd is not open; any number may be asked for
 * @throws {TypeError} fd is not a number
 */
export function descriptorOf(arena: Arena, fd: number, syscall: string): Descriptor {
  if (typeof fd !== "number") throw new TypeError("fd must be a number");
  const kcov = findDescriptor(arena, fd);
  if (kcov === undefined) throw new KcovError(EBADF, `fd ${fd} is not open`, syscall);
  return kcov;
}

/** The descriptor that `fd` refers to, if it is open. */
export function findDescriptor(arena: Arena, fd: number): Descriptor | undefined {
  const address = isFd(fd) ? arena.load(slot(fd)) : 0;
  return address === 0 ? undefined : new Descriptor(arena, address);
}

/** @throws {KcovError} EMFILE all fds are open */
export function lowestFreeFd(arena: Arena, syscall: string): number {
  for (let fd = arena.load(HEADER_FD_HINT); fd < FDS_MAX; fd++) {
    if (arena.load(slot(fd)) === 0) {
      arena.store(HEADER_FD_HINT, fd);
      return fd;
    }
  }
  throw new KcovError(EMFILE, `${FDS_MAX} fds are open`, syscall);
}

/** Makes `fd` refer to `kcov`. */
export function installFd(arena: Arena, fd: number, kcov: Descriptor): void {
  arena.store(slot(fd), kcov.address);
  kcov.files += 1;
  if (fd >= arena.load(HEADER_FD_END)) arena.store(HEADER_FD_END, fd + 1);
}

/** Closes an open `fd`. */
export function closeFd(arena: Arena, fd: number, kcov: Descriptor): void {
  arena.store(slot(fd), 0);
  if (fd >= FDS_FIRST && fd < arena.load(HEADER_FD_HINT)) arena.store(HEADER_FD_HINT, fd);
  dropFile(kcov);
}

/** Counts one fd less that refers to `kcov`. The last one drops the file's reference. */
export function dropFile(kcov: Descriptor): void {
  kcov.files -= 1;
  if (kcov.files === 0) kcov.put();
}

/** Whether `fd` could be open at all. */
export function isFd(fd: number): boolean {
  return Number.isInteger(fd) && fd >= 0 && fd < FDS_MAX;
}

/** The open fds, by the address of their descriptor. */
export function openFds(arena: Arena): Map<number, number[]> {
  const fds = new Map<number, number[]>();
  for (let fd = 0; fd < arena.load(HEADER_FD_END); fd++) {
    const kcov = arena.load(slot(fd));
    if (kcov === 0) continue;
    const list = fds.get(kcov);
    if (list === undefined) fds.set(kcov, [fd]);
    else list.push(fd);
  }
  return fds;
}

function slot(fd: number): number {
  return FDS_ADDRESS + 4 * fd;
}
