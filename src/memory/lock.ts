/**
 * A mutual exclusion lock on one word of shared memory that names its owner, so that it can be taken from a thread
 * that is known to be gone.
 *
 *     0 ──acquire──▶ owner ──another acquires──▶ owner | CONTENDED ──release──▶ 0, one waiter is woken
 */

import { LOCK_CONTENDED } from "../abi/layout.ts";

/** Attempts before a thread that may wait goes to sleep. Critical sections take about a microsecond. */
const SPINS = 200;

const OWNER_MASK = ~LOCK_CONTENDED;

/** Takes the lock at `index` of `words` for `owner` (not 0). Waits where waiting is allowed, spins where it is not. */
export function acquireLock(words: Int32Array, index: number, owner: number): void {
  for (let spin = 0; spin < SPINS; spin++) {
    const held = Atomics.compareExchange(words, index, 0, owner);
    if (held === 0) return;
    if ((held & OWNER_MASK) === owner) throw new RangeError("the kcov device was called from within one of its calls");
  }
  // A thread that has waited takes the lock as contended: others may still sleep, and the word no longer says so.
  const contended = owner | LOCK_CONTENDED;
  for (;;) {
    const held = Atomics.load(words, index);
    if (held === 0) {
      if (Atomics.compareExchange(words, index, 0, contended) === 0) return;
    } else if (Atomics.compareExchange(words, index, held, held | LOCK_CONTENDED) === held) {
      pause(words, index, held | LOCK_CONTENDED);
    }
  }
}

/** Whether `owner` has the lock. Only `owner` itself can rely on the answer. */
export function holdsLock(words: Int32Array, index: number, owner: number): boolean {
  return (Atomics.load(words, index) & OWNER_MASK) === owner;
}

/** Releases the lock and wakes one waiter. */
export function releaseLock(words: Int32Array, index: number): void {
  if ((Atomics.exchange(words, index, 0) & LOCK_CONTENDED) !== 0) Atomics.notify(words, index, 1);
}

/**
 * Takes the lock over from `dead`, a thread that will never release it.
 *
 * @returns false if `dead` does not hold it.
 */
export function stealLock(words: Int32Array, index: number, dead: number, owner: number): boolean {
  for (;;) {
    const held = Atomics.load(words, index);
    if ((held & OWNER_MASK) !== dead) return false;
    if (Atomics.compareExchange(words, index, held, owner | LOCK_CONTENDED) === held) return true;
  }
}

/**
 * Wakes every waiter, to check the lock again. A thread that was killed between being woken and taking the lock, or
 * between releasing the lock and waking another, has lost a wake-up; threads that still sleep would sleep for ever.
 */
export function wakeAll(words: Int32Array, index: number): void {
  Atomics.notify(words, index);
}

function pause(words: Int32Array, index: number, value: number): void {
  try {
    Atomics.wait(words, index, value);
  } catch {
    // A browser's main thread must not wait. It spins: a critical section is short, and never waits for this thread.
  }
}
