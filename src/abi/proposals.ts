/**
 * Additions to kcov that were proposed and are not merged: `Kcov.create({ proposals })` turns them on. They may change
 * or disappear as the proposals do. Integer literals only: AssemblyScript compiles this file too.
 *
 * KCOV_TRACE_PC_EXT: an area of mode TRACE_PC_EXT has records of one or two words, and word 0 counts words:
 *
 *     NORMAL  0xf… pc              a site
 *     ENTRY   0x0… pc, caller's    a function begins
 *     EXIT    0x1… pc              it ends: by the end of its code, return, or a tail call
 *
 * The top four bits of a record's first word are its type, the low 56 its pc.
 */

/** Argument of ENABLE: besides the sites, record entry and exit of functions. */
export const KCOV_TRACE_PC_EXT = 2;
/** `_IOW('c', 103, unsigned long)`. Argument: length of the bitmap in words. */
export const KCOV_UNIQUE_ENABLE = 0x40086367;
/** `_IO('c', 104)`. Argument: 0. */
export const KCOV_RESET_TRACE = 0x6368;

/** Internal modes. */
export const KCOV_MODE_UNIQUE_PC = 5;
export const KCOV_MODE_TRACE_PC_EXT = 6;

/** Types of records of mode TRACE_PC_EXT. */
export const KCOV_RECORD_ENTRY = 0;
/** A function ends. */
export const KCOV_RECORD_EXIT = 1;
/** A site that is neither. */
export const KCOV_RECORD_NORMAL = 15;
/** The bit at which the type of a record begins. */
export const KCOV_RECORD_TYPE_SHIFT = 60;
/** Number of bits of a pc in a record. */
export const KCOV_RECORD_PC_BITS = 56;
