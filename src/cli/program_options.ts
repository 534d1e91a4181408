/** Options of commands that run a program with arguments of its own: bench and trace. */

import type { Command } from "commander";
import { KCOV_MAX_SIZE, KCOV_MIN_SIZE } from "../abi/kcov.ts";
import { EXIT_USAGE, Failure } from "./failure.ts";

/**
 * Parses what comes after a target that is a module. A program's arguments are its own, whatever they look like, so parsing
 * stops at the target. After a module options are allowed too: `trace sum.wasm --invoke add 1 2`. Numbers may be negative;
 * `--` ends the options.
 *
 * @param tail a command with the same options
 * @param flags those in front of the module
 */
export function parseTail<Flags>(tail: Command, rest: string[], flags: Flags): { args: string[]; flags: Flags } {
  tail.argument("[args...]").exitOverride().parse(rest, { from: "user" });
  const given = Object.entries(tail.opts()).filter(([name]) => tail.getOptionValueSource(name) === "cli");
  return { args: tail.args, flags: { ...flags, ...Object.fromEntries(given) } };
}

/** Parses `--size`. @returns words of an area */
export function parseSize(text: string): number {
  const size = Number(text);
  if (!Number.isInteger(size) || size < KCOV_MIN_SIZE || size > KCOV_MAX_SIZE) {
    throw new Failure(`--size ${text} is not a number of words from ${KCOV_MIN_SIZE} to ${KCOV_MAX_SIZE}`, EXIT_USAGE);
  }
  return size;
}
