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

/**
 * The value of a counter that a loop increments. While nothing else does, a function into which the next two are inlined
 * keeps it in a local, as it does a cursor (cursor.ts): then an increment need not wait for the store of the one before
 * it, which takes some processors eight cycles for a byte.
 */
let held: u32 = 0;

/** In front of the loop: reads the counter. */
export function __kcov_held_counter_load(counter: usize): void {
  held = load<u8>(counter);
}

/** In the loop: `__sanitizer_cov_8bit_counter`, with the counter's value known. */
export function __kcov_held_counter_step(counter: usize): void {
  store<u8>(counter, ++held);
}
