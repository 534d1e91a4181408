/** open, dup and close. */

import { EBADF, ENOMEM } from "../abi/errno.ts";
import { KcovError } from "../errors.ts";
import { Descriptor } from "./descriptor.ts";
import type { Device } from "./device.ts";
import { closeFd, descriptorOf, dropFile, findDescriptor, installFd, isFd, lowestFreeFd } from "./fd_table.ts";

/**
 * Opens the device: a fresh descriptor.
 *
 * @returns the lowest free fd, from 3 on
 * @throws {KcovError} EMFILE, ENOMEM
 */
export function open(device: Device): number {
  return device.call(() => {
    const fd = lowestFreeFd(device.arena, "open");
    const kcov = device.injected("kzalloc") ? undefined : Descriptor.create(device.arena);
    if (kcov === undefined) throw new KcovError(ENOMEM, "no memory for a descriptor", "open");
    installFd(device.arena, fd, kcov);
    return fd;
  });
}

/**
 * Makes another fd share the description of `fd`. `to` is closed first if it is open, as by dup2.
 *
 * @param to the fd to use; undefined: the lowest free one
 * @throws {KcovError} EBADF fd is not open, or `to` can not be an fd; EMFILE
 */
export function dup(device: Device, fd: number, to: number | undefined): number {
  return device.call(() => {
    const { arena } = device;
    const kcov = descriptorOf(arena, fd, "dup");
    if (to === fd) return to;
    if (to !== undefined && typeof to !== "number") throw new TypeError("the fd to dup to must be a number");
    if (to !== undefined && !isFd(to)) throw new KcovError(EBADF, `${to} can not be an fd`, "dup");
    const target = to ?? lowestFreeFd(arena, "dup");
    const old = findDescriptor(arena, target);
    // The new fd is installed first: the old description may be the same one, and must not be released in between.
    installFd(arena, target, kcov);
    if (old !== undefined) dropFile(old);
    return target;
  });
}

/**
 * Closes `fd`. The last fd of a description drops the file's reference; tracing and handles go on without it.
 *
 * @throws {KcovError} EBADF
 */
export function close(device: Device, fd: number): void {
  device.call(() => closeFd(device.arena, fd, descriptorOf(device.arena, fd, "close")));
}
