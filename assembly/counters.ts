/**
 * Counts one execution of a site in its own byte. 255 is followed by 0, as in clang's inline-8bit-counters.
 *
 * Rejected alternative: a count that goes from 255 to 1, so that an executed site never reads 0. That lengthens the
 * dependency chain from one store of a hot counter to its next load, and made tight loops slower by half
 * (bench/NOTES.md).
 */
export function __sanitizer_cov_8bit_counter(counter: usize): void {
  store<u8>(counter, load<u8>(counter) + 1);
}

/** Counts one execution of a site in 64 bits, which no run overflows. */
export function __sanitizer_cov_64bit_counter(counter: usize): void {
  store<u64>(counter, load<u64>(counter) + 1);
}

/** Marks a site as executed whose count follows from those of others: one instruction instead of three. */
export function __sanitizer_cov_64bit_flag(counter: usize): void {
  store<u64>(counter, 1);
}

/**
 * Marks a site as executed.
 *
 * Rejected alternative: storing only if the flag is not set yet. The load and the branch cost three times as much as
 * the store (bench/NOTES.md).
 */
export function __sanitizer_cov_bool_flag(flag: usize): void {
  store<u8>(flag, 1);
}
