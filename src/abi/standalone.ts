/**
 * What a standalone module's profile consists of, and the texts that a module needs to write it by itself. Integer literals
 * that TypeScript and AssemblyScript both compile.
 *
 * A profile is a sequence of words of 64 bits, little-endian in a file (docs/profile-format.md):
 *
 *     0      magic "wkcovcnt"
 *     1      version in the lower half, number of counters in the upper one
 *     2 … 5  SHA-256 of the module's pc table
 *     6 …    the counters
 */

/** The eight bytes "wkcovcnt". */
export const STANDALONE_MAGIC: string = "wkcovcnt";
export const STANDALONE_VERSION = 1;
/** How many words come before the counters. */
export const STANDALONE_HEADER_WORDS = 6;

/** Each text has this many words at most, filled up with zeros. */
export const TEXT_WORDS = 8;
/** The variable of the environment, with an equals sign. */
export const TEXT_VARIABLE = 0;
/** Begins a message; the value of the variable follows, and then a reason. */
export const TEXT_CANNOT_WRITE = 1;
export const TEXT_NOT_PREOPENED = 2;
/** A number follows. */
export const TEXT_ERROR = 3;
/** Ends the names of files. */
export const TEXT_EXTENSION = 4;
