/** The options of every command that opens a target: how it is called, what it imports, how it is reset. */

import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { TargetSettings } from "../fuzz/builtin/node/job.ts";
import { RESETS, type Reset } from "../fuzz/engine.ts";
import { loadImportObject } from "../fuzz/targets/node/import_object.ts";
import type { OpenTargetOptions } from "../fuzz/targets/node/open_target.ts";
import { kindOfTarget, type TargetKind } from "../fuzz/targets/node/target_kind.ts";
import { EXIT_USAGE, Failure } from "./failure.ts";
import { addFilterOptions, collectValues, type FilterFlags, toFilter } from "./instrument_options.ts";
import { checkTarget, readFileOrStdin } from "./io.ts";
import { addSanitizeOptions, type SanitizeFlags, toSanitize, toSanitizeArguments } from "./sanitize_options.ts";

export interface TargetFlags extends FilterFlags, SanitizeFlags {
  reset?: Reset;
  entry?: string;
  malloc?: string;
  buffer?: FixedInputBuffer;
  imports?: string;
  stubImports: boolean;
  allFunctions: boolean;
  arg?: string[];
  cache: boolean;
}

/** Memory for the input that nothing else uses. */
export interface FixedInputBuffer {
  readonly address: number;
  readonly bytes: number;
}

export function addTargetOptions(command: Command): Command {
  const target = command
    .addOption(new Option("--reset <state>", "what is put back after each input").choices(RESETS))
    .option("--entry <export>", "function to call with (address, length); default LLVMFuzzerTestOneInput, else _start")
    .option("--malloc <export>", "function that allocates memory for the input; default: a usual name")
    .option("--buffer <address:bytes>", "memory for the input, instead of an allocation", parseBuffer)
    .option("--imports <module>", "JavaScript module whose exports are the import object")
    .option("--stub-imports", "functions that nobody provides do nothing and return 0", false)
    .option("--arg <text>", "argument of a WASI program, @@ for a file with the input (repeatable)", collectValues);
  return addSanitizeOptions(addFilterOptions(target))
    .option("--all-functions", "feedback from the functions of known runtimes (malloc, Rust's std …), too", false)
    .option("--no-cache", "instrument anew, and keep nothing");
}

/**
 * Determines the kind of a target, to report early what opening it would report: other work takes longer.
 *
 * @throws {Failure} there is no such file, or it cannot be read
 * @throws {TargetError} ERR_TARGET: it is not a target
 */
export function kindOfTargetAt(path: string): TargetKind {
  return kindOfTarget(path, checkTarget(path) ?? readFileOrStdin(path));
}

/** Options for `openTarget`. @throws {TargetError} ERR_TARGET_IMPORT: the `--imports` module has no import object */
export async function toTargetSettings(flags: TargetFlags): Promise<OpenTargetOptions> {
  const { importsPath, ...settings } = toThreadSettings(flags);
  return importsPath === undefined ? settings : { ...settings, imports: await loadImportObject(importsPath) };
}

/** The same options in a form that can be sent to another thread. */
export function toThreadSettings(flags: TargetFlags): TargetSettings {
  const { reset, entry, malloc, buffer, imports, stubImports, arg, cache } = flags;
  const sanitize = toSanitize(flags);
  return {
    ...(reset === undefined ? {} : { reset }),
    ...(entry === undefined ? {} : { entry }),
    ...(malloc === undefined ? {} : { malloc }),
    ...(buffer === undefined ? {} : { buffer }),
    ...(imports === undefined ? {} : { importsPath: resolve(imports) }),
    ...(arg === undefined ? {} : { args: arg }),
    stubImports,
    functions: toFilter(flags),
    leaveOutRuntimes: !flags.allFunctions,
    ...(sanitize && { sanitize }),
    cache,
  };
}

/** Turns the flags back into arguments, for another process that opens the same target. */
export function toTargetArguments(flags: TargetFlags): string[] {
  const args: string[] = [];
  if (flags.reset !== undefined) args.push("--reset", flags.reset);
  if (flags.entry !== undefined) args.push("--entry", flags.entry);
  if (flags.malloc !== undefined) args.push("--malloc", flags.malloc);
  if (flags.buffer !== undefined) args.push("--buffer", `${flags.buffer.address}:${flags.buffer.bytes}`);
  if (flags.imports !== undefined) args.push("--imports", resolve(flags.imports));
  if (flags.stubImports) args.push("--stub-imports");
  for (const arg of flags.arg ?? []) args.push(`--arg=${arg}`);
  for (const pattern of flags.include ?? []) args.push(`--include=${pattern}`);
  for (const pattern of flags.exclude ?? []) args.push(`--exclude=${pattern}`);
  if (flags.allowlist !== undefined) args.push("--allowlist", resolve(flags.allowlist));
  if (flags.ignorelist !== undefined) args.push("--ignorelist", resolve(flags.ignorelist));
  args.push(...toSanitizeArguments(flags));
  if (flags.allFunctions) args.push("--all-functions");
  if (!flags.cache) args.push("--no-cache");
  return args;
}

function parseBuffer(text: string): FixedInputBuffer {
  const match = /^(0x[0-9a-f]+|\d+):(0x[0-9a-f]+|\d+)$/i.exec(text);
  if (!match) throw new Failure(`--buffer ${text} is not of the form address:bytes`, EXIT_USAGE);
  return { address: Number(match[1]), bytes: Number(match[2]) };
}
