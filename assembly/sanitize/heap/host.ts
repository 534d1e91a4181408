// Functions and settings of the host.

/** Nonzero while stacks are to be kept with blocks. */
export declare let stacks: i32;

/** Keeps the current stack. @returns its number, not 0 */
export declare function keepStack(): u32;

/**
 * Reports an error; it may throw. `value`: that of the shadow. `block`, `size`, `allocatedAt`, `freedAt`: the block to
 * which the address belongs, and its stacks; 0 if there is none.
 */
export declare function report(
  operation: u32,
  address: u32,
  bytes: u32,
  isWrite: u32,
  pc: u32,
  bad: u32,
  value: u32,
  block: u32,
  size: u32,
  allocatedAt: u32,
  freedAt: u32,
): void;
