/** The work of bench/threads.ts, on both sides of the thread's border. */

import { KCOV_DISABLE, KCOV_ENABLE, KCOV_INIT_TRACE, KCOV_TRACE_PC, type Kcov } from "../src/index.ts";

/** Subsystem USB, instance 1. */
export const HANDLE: bigint = (1n << 56n) | 1n;
const SIZE = 512;

/** One life of a descriptor. */
export function sessionRound(kcov: Kcov): void {
  const fd = kcov.open();
  kcov.ioctl(fd, KCOV_INIT_TRACE, SIZE);
  const mapping = kcov.mmap(fd, SIZE * 8);
  kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
  kcov.ioctl(fd, KCOV_DISABLE, 0);
  mapping.munmap();
  kcov.close(fd);
}

/** One remote section that records one PC. */
export function sectionRound(kcov: Kcov): void {
  kcov.remoteStart(HANDLE);
  kcov.hooks.__sanitizer_cov_trace_pc(1n);
  kcov.remoteStop();
}
