/** The options of every command that can check memory accesses. */

import type { Command } from "commander";
import { ALLOCATOR_ROLES, type AllocatorRole } from "../instrument/sanitize/allocators.ts";
import type { SanitizeOptions } from "../instrument/sanitize/options.ts";
import { EXIT_USAGE, Failure } from "./failure.ts";
import { collectValues } from "./instrument_options.ts";

export interface SanitizeFlags {
  sanitize: boolean;
  allocator?: string[];
  nullPage?: number;
  quarantine?: number;
  sanitizeStack: boolean;
  /** Only where programs can continue: for a fuzzer, an error ends the execution. */
  halt?: boolean;
}

/** The attributes of these options. */
export const SANITIZE_OPTIONS: readonly (keyof SanitizeFlags)[] = [
  ...(["sanitize", "allocator", "nullPage", "quarantine", "sanitizeStack", "halt"] as const),
];

export function addSanitizeOptions(command: Command): Command {
  return command
    .option("--sanitize", "find memory errors, as AddressSanitizer does: heap, stack, null page", false)
    .option(
      "--allocator <role=function>",
      "a function of the allocator, as in malloc=func[12] (repeatable)",
      collectValues,
    )
    .option(
      "--null-page <bytes>",
      "addresses from 0 on that nobody may access; default: those below the data",
      parseBytes,
    )
    .option("--quarantine <bytes>", "freed memory that is withheld; default 256 KiB", parseBytes)
    .option("--no-sanitize-stack", "leave the stack as it is");
}

/** Adds an option for commands that run the user's programs. */
export function addHaltOption(command: Command): Command {
  return command.option("--no-halt", "go on after a memory error, each of which is told once; checks are slower");
}

/** @throws {Failure} the options are used wrongly */
export function toSanitize(flags: SanitizeFlags): SanitizeOptions | undefined {
  const { sanitize, allocator, nullPage, quarantine, sanitizeStack, halt = true } = flags;
  if (!sanitize) {
    if (allocator || nullPage !== undefined || quarantine !== undefined || !sanitizeStack || !halt) {
      throw new Failure(
        "--allocator, --null-page, --quarantine, --no-sanitize-stack and --no-halt go with --sanitize",
        EXIT_USAGE,
      );
    }
    return undefined;
  }
  return {
    ...(allocator && { allocator: Object.fromEntries(allocator.map(parseAllocator)) }),
    ...(sanitizeStack ? {} : { stack: false }),
    ...(halt ? {} : { recover: true }),
    ...(nullPage === undefined ? {} : { nullPageBytes: nullPage }),
    ...(quarantine === undefined ? {} : { quarantineBytes: quarantine }),
  };
}

/** Turns the flags back into arguments, for another process. */
export function toSanitizeArguments({
  sanitize,
  allocator,
  nullPage,
  quarantine,
  sanitizeStack,
}: SanitizeFlags): string[] {
  return [
    ...(sanitize ? ["--sanitize"] : []),
    ...(allocator ?? []).map((each) => `--allocator=${each}`),
    ...(nullPage === undefined ? [] : [`--null-page=${nullPage}`]),
    ...(quarantine === undefined ? [] : [`--quarantine=${quarantine}`]),
    ...(sanitizeStack ? [] : ["--no-sanitize-stack"]),
  ];
}

function parseAllocator(text: string): [AllocatorRole, string] {
  const at = text.indexOf("=");
  const role = text.slice(0, Math.max(0, at));
  if (!Object.hasOwn(ALLOCATOR_ROLES, role) || at === text.length - 1) {
    const roles = Object.keys(ALLOCATOR_ROLES).join(", ");
    throw new Failure(`--allocator ${text} is not of the form ROLE=FUNCTION; roles are ${roles}`, EXIT_USAGE);
  }
  return [role as AllocatorRole, text.slice(at + 1)];
}

function parseBytes(text: string): number {
  const bytes = Number(text);
  if (!Number.isSafeInteger(bytes) || bytes < 0 || bytes > 2 ** 31) {
    throw new Failure(`${text} is not a number of bytes`, EXIT_USAGE);
  }
  return bytes;
}
