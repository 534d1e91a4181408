/** `wasm-kcov coverage`. */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { applyConfiguration } from "./coverage/configuration.ts";
import { addReportOptions, type CoverageFlags, DEFAULT_TEMP_DIRECTORY } from "./coverage/flags.ts";
import { EXIT_FAILURE, Failure } from "./failure.ts";
import { addHaltOption, addSanitizeOptions, toSanitize } from "./sanitize_options.ts";

const EXAMPLES = `
The command may be anything that starts Node.js: every process, worker and context that it leads to is covered. Modules in
node_modules are left out unless a --module names them. Options may also be given in .wasm-kcovrc.json, or in package.json
under "wasm-kcov". The exit code is the command's, or 1 when a threshold is missed or --sanitize has found an error.

Examples:
  $ wasm-kcov coverage npm test                                        a table of what the tests reach
  $ wasm-kcov coverage -r html -r lcov npx vitest run                  pages, and a file for Codecov
  $ wasm-kcov coverage --module sql.js node test.mjs                   a module from node_modules
  $ wasm-kcov coverage --check-coverage --lines 90 npx jest            fail below 90 % of lines
  $ wasm-kcov coverage --merge coverage/coverage-final.json npm test   one report with JavaScript's
`;

export function addCoverageCommand(program: Command): void {
  const command = program
    .command("coverage")
    .summary("run a command and show which lines of its modules it reached")
    .description("Runs a command, such as a test suite, and reports which code of its WebAssembly modules it reached.")
    .argument("<command>", "command to run")
    .argument("[args...]", "its arguments")
    .passThroughOptions();
  addReportOptions(command)
    .option("--temp-directory <dir>", "where profiles are kept", DEFAULT_TEMP_DIRECTORY)
    .option("--clean", "remove profiles of earlier runs first (the default)", true)
    .option("--no-clean", "add to the profiles of earlier runs")
    .option("--hits", "count only whether code ran, which is cheaper than how often", false)
    .option("--selects", "also branches that the compiler made without a jump (conditions of select)", false);
  addHaltOption(addSanitizeOptions(command))
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, args: string[], _: unknown, command: Command) => {
      applyConfiguration(command);
      await runCoverage(name, args, command.opts<CoverageFlags>());
    });
}

async function runCoverage(name: string, args: readonly string[], flags: CoverageFlags): Promise<void> {
  const { prepareRunDirectory } = await import("./coverage/run_directory.ts");
  const { runCommand } = await import("./coverage/run_command.ts");
  const directory = prepareRunDirectory(flags.tempDirectory, flags.clean);
  const signals = mkdtempSync(join(tmpdir(), "wasm-kcov-signals-"));
  try {
    const env = await environment(directory.path, signals, flags);
    const { exitCode } = await runCommand(name, args, env, { profiles: directory.path, signals }).catch((error) => {
      throw withHint(error, name);
    });
    process.exitCode = exitCode;
    const { makeReports } = await import("./coverage/report.ts");
    const nothing = `${[name, ...args].join(" ")} loaded no WebAssembly module that could be covered`;
    const { passed } = await makeReports([directory.path], flags, nothing);
    if (!passed && exitCode === 0) process.exitCode = EXIT_FAILURE;
  } finally {
    rmSync(signals, { recursive: true, force: true });
    directory.release();
  }
}

/** The command's environment: this process's, with the preload and its settings added. */
async function environment(directory: string, signals: string, flags: CoverageFlags): Promise<NodeJS.ProcessEnv> {
  const [{ preloadVariables }, { environmentFor }, { moduleExpressions }] = await Promise.all([
    import("../coverage/node/node_options.ts"),
    import("../coverage/node/settings.ts"),
    import("../coverage/node/module_globs.ts"),
  ]);
  const root = process.cwd();
  const { hits, selects } = flags;
  const modules = moduleExpressions(flags.module ?? [], root);
  const excluded = moduleExpressions(flags.excludeModule ?? [], root);
  const preload = fileURLToPath(new URL("../register.cjs", import.meta.url));
  return {
    ...process.env,
    ...environmentFor({ directory, hits, selects, sanitize: toSanitize(flags), modules, excluded, signals }),
    ...preloadVariables(process.env, preload),
  };
}

const SCRIPTS = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"];

/** Adds a hint if the command is a script: the user has forgotten the program that runs it. */
function withHint(error: unknown, name: string): unknown {
  if (!(error instanceof Failure) || !SCRIPTS.includes(extname(name)) || !existsSync(name)) return error;
  return new Failure(`${error.message}; it is a script: wasm-kcov coverage node ${name}`, error.exitCode);
}
