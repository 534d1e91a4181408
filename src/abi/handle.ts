/**
 * Remote handles of the kcov user API. 64-bit literals differ between TypeScript and AssemblyScript, so only TypeScript
 * compiles this file; no hook looks at a handle.
 */

/** Subsystem of handles that a process chooses for itself (`common_handle`). */
export const KCOV_SUBSYSTEM_COMMON: bigint = 0x00n << 56n;
/** Subsystem of the USB hub workers; the only one that `handles[]` of REMOTE_ENABLE accepts. */
export const KCOV_SUBSYSTEM_USB: bigint = 0x01n << 56n;
/** The bits of a handle that name its subsystem. */
export const KCOV_SUBSYSTEM_MASK: bigint = 0xffn << 56n;
/** The bits of a handle that name an instance within the subsystem. Bits 32–55 are reserved and must be 0. */
export const KCOV_INSTANCE_MASK: bigint = 0xffffffffn;

/**
 * Builds a remote handle, as the inline function of `<linux/kcov.h>` does.
 *
 * @returns `subsystem | instance`, or 0n if either has a bit outside its mask.
 */
export function kcovRemoteHandle(subsystem: bigint, instance: bigint): bigint {
  if ((subsystem & ~KCOV_SUBSYSTEM_MASK) !== 0n || (instance & ~KCOV_INSTANCE_MASK) !== 0n) return 0n;
  return subsystem | instance;
}
