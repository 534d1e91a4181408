/**
 * Counts one execution of a site in its own byte. 255 is followed by 0, as in clang's inline-8bit-counters.
 *
 * Rejected alternative: a count that goes from 255 to 1, so that an executed site never reads 0, lengthens the chain from
 * one store of a hot counter to the next load of it, and made tight loops slower by half (bench/NOTES.md).
 */
export function __sanitizer_cov_8bit_counter(counter: usize): void {
  store<u8>(counter, load<u8>(counter) + 1);
}

/** Counts one execution of a site in 64 bits, which no run fills. */
export function __sanitizer_cov_64bit_counter(counter: usize): void {
  store<u64>(counter, load<u64>(counter) + 1);
}

/** Notes that a site was executed whose count follows from those of others: one instruction instead of three. */
export function __sanitizer_cov_64bit_flag(counter: usize): void {
  store<u64>(counter, 1);
}

/**
 * Notes that a site was executed.
 *
 * Rejected alternative: leaving a flag that is set alone. The load and the branch cost three times what the store does
 * (bench/NOTES.md).
 */
export function __sanitizer_cov_bool_flag(flag: usize): void {
  store<u8>(flag, 1);
}
