/** Binaryen recurses as deep as code nests, so a stack may end before its work does. */

/** Whether something was thrown since the stack was used up. The engine's own errors: V8's and others', SpiderMonkey's. */
export function isStackOverflow(thrown: unknown): boolean {
  const { name, message } = (thrown ?? {}) as Partial<Error>;
  return (name === "RangeError" || name === "InternalError") && OVERFLOW.test(String(message));
}

const OVERFLOW = /call stack|too much recursion/i;
