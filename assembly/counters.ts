/**
 * Counts one execution of a site in its own byte. 255 is followed by 1: a site that was executed never reads 0.
 *
 * Measured alternatives (bench/NOTES.md): wrapping to 0 loses sites, stopping at 255 costs as much as this.
 */
export function __sanitizer_cov_8bit_counter(counter: usize): void {
  const count = <u32>load<u8>(counter) + 1;
  store<u8>(counter, count + (count >> 8));
}

/** Notes that a site was executed. A flag that is set is not written again, so that threads do not fight over it. */
export function __sanitizer_cov_bool_flag(flag: usize): void {
  if (!load<u8>(flag)) store<u8>(flag, 1);
}
