// What the host does.

/** Other than 0 while stacks are to be kept with blocks. */
export declare let stacks: i32;

/** Keeps the stack of now. @returns its number, not 0 */
export declare function keepStack(): u32;

/**
 * Reports an error; it may throw. `value`: of the shadow. `block`, `size`, `allocatedAt`, `freedAt`: the block that
 * the address belongs to, and the stacks; 0 where there is none.
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
