import { KCOV_EVENT_STACK_DEPTH } from "../src/abi/events";
import { writeCmpData } from "./trace_cmp";

/**
 * A function allocated its frame on the stack in linear memory; `sp` is the new stack pointer. arg2 is 0.
 *
 * DIVERGES: the compilers' callback has no argument and keeps a minimum in a thread-local variable. A minimum over the
 * life of the process is not a function of one input, so every depth is recorded and the consumer takes the minimum.
 */
export function __sanitizer_cov_stack_depth(sp: u64, pc: u64): void {
  writeCmpData(KCOV_EVENT_STACK_DEPTH, sp, 0, pc);
}
