/** The options of every command that runs a fuzz target. */

import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { TargetSettings } from "../../fuzz/builtin/node/job.ts";
import { RESETS, type Reset } from "../../fuzz/engine.ts";
import { EXIT_USAGE, Failure } from "../failure.ts";

export interface TargetFlags {
  reset?: Reset;
  entry?: string;
  malloc?: string;
  buffer?: { address: number; bytes: number };
  imports?: string;
  stubImports?: boolean;
  cache: boolean;
}

export function addTargetOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--reset <state>",
        "what is put back after each input (default: none, or memory for programs)",
      ).choices(RESETS),
    )
    .option("--entry <export>", "function to call with (address, length) (default: LLVMFuzzerTestOneInput or _start)")
    .option("--malloc <export>", "function that allocates memory for the input")
    .option("--buffer <address:bytes>", "memory for the input, instead of an allocation", parseBuffer)
    .option("--imports <file>", "ES module that exports what the target imports")
    .option("--stub-imports", "let missing imports do nothing and return 0")
    .option("--no-cache", "instrument anew, and keep nothing for the next time");
}

export function toTargetSettings(flags: TargetFlags): TargetSettings {
  const { reset, entry, malloc, buffer, imports, stubImports, cache } = flags;
  return {
    cache,
    ...(reset === undefined ? {} : { reset }),
    ...(entry === undefined ? {} : { entry }),
    ...(malloc === undefined ? {} : { malloc }),
    ...(buffer === undefined ? {} : { buffer }),
    ...(imports === undefined ? {} : { importsPath: resolve(imports) }),
    ...(stubImports === undefined ? {} : { stubImports }),
  };
}

function parseBuffer(text: string): { address: number; bytes: number } {
  const [address, bytes] = text.split(":").map(Number);
  if (!Number.isInteger(address) || !Number.isInteger(bytes) || text.split(":").length !== 2) {
    throw new Failure(`--buffer ${text} is not an address and a size: --buffer 0x10000:4096`, EXIT_USAGE);
  }
  return { address: address as number, bytes: bytes as number };
}
