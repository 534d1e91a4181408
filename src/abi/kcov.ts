/**
 * The kcov user API: what `<linux/kcov.h>` and the kcov driver define, as of v5.5–v7.2 on a 64-bit kernel.
 *
 * Integer literals only: AssemblyScript compiles this file too. Quantities of 64 bits are in `handle.ts`.
 */

/** `_IOR('c', 1, unsigned long)`. Argument: the size of the area in u64 words. */
export const KCOV_INIT_TRACE = 0x80086301;
/** `_IO('c', 100)`. Argument: {@link KCOV_TRACE_PC} or {@link KCOV_TRACE_CMP}. */
export const KCOV_ENABLE = 0x6364;
/** `_IO('c', 101)`. Argument: 0. */
export const KCOV_DISABLE = 0x6365;
/** `_IOW('c', 102, struct kcov_remote_arg)`. Argument: a `KcovRemoteArg`. */
export const KCOV_REMOTE_ENABLE = 0x40186366;

/** Argument of ENABLE: record the pc of every site that executes. */
export const KCOV_TRACE_PC = 0;
/** Argument of ENABLE: record the operands of comparisons. */
export const KCOV_TRACE_CMP = 1;

/** Internal modes of a descriptor and of a task. */
export const KCOV_MODE_DISABLED = 0;
/** INIT_TRACE was called: the size is fixed, nothing is traced. */
export const KCOV_MODE_INIT = 1;
/** PCs are traced. */
export const KCOV_MODE_TRACE_PC = 2;
/** Comparisons are traced. */
export const KCOV_MODE_TRACE_CMP = 3;
/** v6.10–v7.1, only of a task: it has enabled a descriptor remotely. It counts as enabled, and records nothing. */
export const KCOV_MODE_REMOTE = 4;

/** Bit of a comparison's type: the first operand is a constant of the program. */
export const KCOV_CMP_CONST = 1;
/** Bits of a comparison's type that hold log2 of the operands' size in bytes, shifted left by one. */
export const KCOV_CMP_MASK = 6;
/** `KCOV_CMP_SIZE(0)`: operands of 1 byte. */
export const KCOV_CMP_SIZE1 = 0;
/** `KCOV_CMP_SIZE(1)`: operands of 2 bytes. */
export const KCOV_CMP_SIZE2 = 2;
/** `KCOV_CMP_SIZE(2)`: operands of 4 bytes. */
export const KCOV_CMP_SIZE4 = 4;
/** `KCOV_CMP_SIZE(3)`: operands of 8 bytes. */
export const KCOV_CMP_SIZE8 = 6;
/** A comparison record: type, arg1, arg2, ip. */
export const KCOV_WORDS_PER_CMP = 4;

/** The maximum number of handles that one REMOTE_ENABLE accepts. */
export const KCOV_REMOTE_MAX_HANDLES = 256;
/** The smallest size that INIT_TRACE accepts, in words: the count and one pc. */
export const KCOV_MIN_SIZE = 2;
/** The largest size that INIT_TRACE accepts, in words: INT_MAX / sizeof(unsigned long). */
export const KCOV_MAX_SIZE = 268435455;

/** Size in bytes of `struct kcov_remote_arg` without its `handles[]`, and the offsets of its fields. */
export const KCOV_REMOTE_ARG_BYTES = 24;
export const KCOV_REMOTE_ARG_TRACE_MODE = 0;
export const KCOV_REMOTE_ARG_AREA_SIZE = 4;
export const KCOV_REMOTE_ARG_NUM_HANDLES = 8;
export const KCOV_REMOTE_ARG_COMMON_HANDLE = 16;
