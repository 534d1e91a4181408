/**
 * The format of a standalone module's profile, and the texts that a module needs to write it by itself. Integer
 * literals that both TypeScript and AssemblyScript compile.
 *
 * A profile is a sequence of 64-bit words, little-endian in a file (docs/profile-format.md):
 *
 *     0      magic "wkcovcnt"
 *     1      version in the lower half, number of counters in the upper one
 *     2 … 5  SHA-256 of the module's pc table
 *     6 …    the counters
 */

/** The eight bytes "wkcovcnt". */
export const STANDALONE_MAGIC: string = "wkcovcnt";
export const STANDALONE_VERSION = 1;
/** Number of words before the counters. */
export const STANDALONE_HEADER_WORDS = 6;

/** Maximum length of a text in words; shorter ones are padded with zeros. */
export const TEXT_WORDS = 8;
/** The environment variable's name, with an equals sign. */
export const TEXT_VARIABLE = 0;
/** The beginning of a message; the value of the variable follows, and then a reason. */
export const TEXT_CANNOT_WRITE = 1;
export const TEXT_NOT_PREOPENED = 2;
/** A number follows. */
export const TEXT_ERROR = 3;
/** The extension of file names. */
export const TEXT_EXTENSION = 4;
