/**
 * Counts one execution of a site in its own byte. 255 is followed by 0, as in clang's inline-8bit-counters.
 *
 * Rejected alternative: a count that goes from 255 to 1, so that an executed site never reads 0, lengthens the chain from
 * one store of a hot counter to the next load of it, and made tight loops slower by half (bench/NOTES.md).
 */
export function __sanitizer_cov_8bit_counter(counter: usize): void {
  store<u8>(counter, load<u8>(counter) + 1);
}

/** Notes that a site was executed. A flag that is set is not written again, so that threads do not fight over it. */
export function __sanitizer_cov_bool_flag(flag: usize): void {
  if (!load<u8>(flag)) store<u8>(flag, 1);
}
