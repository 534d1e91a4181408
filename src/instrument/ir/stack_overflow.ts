/** Recognising stack overflows: Binaryen recurses as deep as code nests. */

/** Whether something was thrown because the stack overflowed: an error of V8 and others, or of SpiderMonkey. */
export function isStackOverflow(thrown: unknown): boolean {
  const { name, message } = (thrown ?? {}) as Partial<Error>;
  return (name === "RangeError" || name === "InternalError") && OVERFLOW.test(String(message));
}

const OVERFLOW = /call stack|too much recursion/i;
