/** Builds libFuzzer as a shared object, from the runtime that comes with the user's clang. */

import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { defaultCacheDirectory } from "../../cache/directory.ts";
import { SHIM_SOURCE } from "./shim_source.ts";

/** libFuzzer cannot be built or is not built. The message says what to do. */
export class LibFuzzerError extends Error {
  override readonly name = "LibFuzzerError";
}

/** Compilers to look for, the newest first. */
const COMPILERS = ["clang", ...Array.from({ length: 12 }, (_, k) => `clang-${25 - k}`)];

/** Linker options for the C++ library that libFuzzer needs: with its development package, without it, and libc++. */
const CXX_LIBRARIES = ["-lstdc++", "-l:libstdc++.so.6", "-lc++"];

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };

/** Path of the shared object for this version of the shim, once it is built. */
export function libraryPath(): string {
  const version = createHash("sha256").update(SHIM_SOURCE).digest("hex").slice(0, 16);
  return join(defaultCacheDirectory(), `libfuzzer-${version}-${process.arch}.so`);
}

/** The shared object, and what it was built from. */
export interface BuiltLibrary {
  readonly path: string;
  readonly runtime: string;
  readonly compiler: string;
}

/**
 * Builds the shared object. It appears whole or not at all.
 *
 * @param compiler a clang; by default the first one found that has libFuzzer
 * @throws {LibFuzzerError} there is none, or it fails
 */
export function buildLibrary(compiler: string | undefined): BuiltLibrary {
  const found = (compiler === undefined ? COMPILERS : [compiler])
    .map((program) => ({ compiler: program, runtime: runtimeOf(program) }))
    .find((each): each is { compiler: string; runtime: string } => each.runtime !== undefined);
  if (found === undefined) throw noRuntime(compiler);
  const path = libraryPath();
  mkdirSync(dirname(path), { recursive: true });
  const directory = mkdtempSync(join(dirname(path), "build-"));
  try {
    link(found.compiler, found.runtime, directory);
    renameSync(join(directory, LIBRARY), path);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return { path, ...found };
}

const LIBRARY = "libfuzzer.so";

function noRuntime(compiler: string | undefined): LibFuzzerError {
  const what = compiler === undefined ? "no clang with libFuzzer is found" : `${compiler} has no libFuzzer`;
  return new LibFuzzerError(
    `${what}: on Debian and Ubuntu apt-get install clang-19 libclang-rt-19-dev, then name it with --clang`,
  );
}

/** Path of a compiler's libFuzzer without a main function. */
function runtimeOf(compiler: string): string | undefined {
  const perTarget = query(compiler, "--print-runtime-dir");
  const resources = query(compiler, "-print-resource-dir");
  if (perTarget === undefined || resources === undefined) return undefined;
  const architecture = ARCHITECTURES[process.arch] ?? process.arch;
  return [
    join(perTarget, "libclang_rt.fuzzer_no_main.a"),
    join(perTarget, `libclang_rt.fuzzer_no_main-${architecture}.a`),
    join(resources, "lib", "linux", `libclang_rt.fuzzer_no_main-${architecture}.a`),
    join(resources, "lib", "darwin", "libclang_rt.fuzzer_no_main_osx.a"),
  ].find((path) => existsSync(path));
}

/** A compiler's answer to an option such as `--print-runtime-dir`; undefined if there is no such program. */
function query(compiler: string, question: string): string | undefined {
  const { status, stdout } = spawnSync(compiler, [question], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** @throws {LibFuzzerError} with the last line of the linker's output */
function link(compiler: string, runtime: string, directory: string): void {
  const source = join(directory, "shim.c");
  writeFileSync(source, SHIM_SOURCE);
  const args = ["-shared", "-fPIC", "-O2", "-o", join(directory, LIBRARY), source, runtime];
  // Otherwise undefined symbols would turn up only when the object is loaded.
  const strict = process.platform === "linux" ? ["-Wl,-z,defs"] : [];
  let complaint = "";
  for (const library of CXX_LIBRARIES) {
    try {
      execFileSync(compiler, [...args, ...strict, library, "-lm", "-lpthread", "-ldl"], { stdio: "pipe" });
      return;
    } catch (error) {
      complaint ||= String((error as { stderr?: Buffer }).stderr ?? error).trim();
    }
  }
  throw new LibFuzzerError(`${compiler} cannot build libFuzzer: ${complaint.split("\n").at(-1)}`);
}
