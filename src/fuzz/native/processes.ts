/** System calls on processes and pipes that Node.js does not provide. */

import { constants } from "node:fs";
import { type Koffi, loadLibc } from "./koffi.ts";

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;
const F_GETFL = 3;
const F_SETFL = 4;
const POLLIN = 1;
const POLLERR = 8;
const POLLHUP = 16;

export class Processes {
  readonly #prctl: ((option: number, value: number) => number) | undefined;
  readonly #fcntl: (fd: number, command: number, type: "int", value: number) => number;
  readonly #poll: (fds: Uint8Array, count: number, timeout: number) => number;

  constructor(koffi: Koffi) {
    const libc = loadLibc(koffi);
    this.#fcntl = libc.func("int fcntl(int, int, ...)") as never;
    this.#poll = libc.func("int poll(void *, unsigned long, int)") as never;
    this.#prctl = process.platform === "linux" ? (libc.func("int prctl(int, unsigned long)") as never) : undefined;
  }

  /** Makes the kernel kill this process when its parent exits, even while code runs that never returns. Linux only. */
  dieWithParent(): void {
    this.#prctl?.(PR_SET_PDEATHSIG, SIGKILL);
  }

  /** Makes writes to a pipe wait until there is room, for code that cannot handle non-blocking pipes. */
  makeBlocking(fd: number): void {
    const flags = this.#fcntl(fd, F_GETFL, "int", 0);
    this.#fcntl(fd, F_SETFL, "int", flags & ~constants.O_NONBLOCK);
  }

  /** Whether there is something to read from a pipe. @param timeoutMs how long to wait for it */
  isReadable(fd: number, timeoutMs: number): boolean {
    return (this.#events(fd, POLLIN, timeoutMs) & POLLIN) !== 0;
  }

  /** Whether the other end of a pipe is closed. */
  isAbandoned(fd: number): boolean {
    return (this.#events(fd, 0, 0) & (POLLERR | POLLHUP)) !== 0;
  }

  /** Calls poll with a `struct pollfd`: the fd, the requested events as u16, the returned events as u16. */
  #events(fd: number, wanted: number, timeoutMs: number): number {
    const pollfd = new DataView(new ArrayBuffer(8));
    pollfd.setInt32(0, fd, true);
    pollfd.setInt16(4, wanted, true);
    this.#poll(new Uint8Array(pollfd.buffer), 1, timeoutMs);
    return pollfd.getInt16(6, true);
  }
}
