/** Sources of the programs, from Debian's archive. */

import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Program } from "./programs.ts";
import { BUILD, HERE, runTool } from "./tools.ts";

/** What a program is compiled from. Paths are absolute. */
export interface Sources {
  /** C and C++ files of the program itself, of its library, and its glue. */
  files: string[];
  includes: string[];
}

const DIRECTORY = join(BUILD, "sources");
/** Debian 12 has the versions that the programs were tried with. */
const ARCHIVE =
  "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main\n";

/** @throws {ToolFailure} there is no apt-get, or no network */
export function fetchSources(program: Program, say: (line: string) => void): Sources {
  const glue = join(HERE, "glue");
  const [inC, inCxx] = ["c", "cpp"].map((extension) => join(glue, `${program.name}.${extension}`)) as [string, string];
  const own = { files: [existsSync(inCxx) ? inCxx : inC], includes: [glue] };
  const parts = [program, program.library].map((part) => (part ? fetchPackage(part, say) : NONE));
  return {
    files: [own, ...parts].flatMap(({ files }) => files),
    includes: [own, ...parts].flatMap(({ includes }) => includes),
  };
}

const NONE: Sources = { files: [], includes: [] };

function fetchPackage(program: Omit<Program, "name">, say: (line: string) => void): Sources {
  if (program.package === undefined) return NONE;
  const root = unpacked(program.package) ?? download(program.package, say);
  prepare(program, root, say);
  const without = (program.without ?? []).map((file) => join(root, file));
  const files = program.sources
    .flatMap((source) => cFiles(join(root, source)))
    .filter((file) => !without.includes(file));
  return {
    files,
    includes: program.includes.map((path) => join(root, path)),
  };
}

/** The directory that dpkg-source made: NAME-VERSION. */
function unpacked(name: string): string | undefined {
  if (!existsSync(DIRECTORY)) return undefined;
  const found = readdirSync(DIRECTORY).find(
    (entry) => entry.startsWith(`${name}-`) && isDirectory(join(DIRECTORY, entry)),
  );
  return found && join(DIRECTORY, found);
}

/** apt-get with lists of its own, so that it needs no rights and changes nothing on the machine. */
function download(name: string, say: (line: string) => void): string {
  const apt = join(DIRECTORY, "apt");
  for (const path of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(apt, path), { recursive: true });
  writeFileSync(join(apt, "sources.list"), ARCHIVE);
  const options = [
    `Dir::Etc::sourcelist=${apt}/sources.list`,
    "Dir::Etc::sourceparts=-",
    `Dir::State=${apt}`,
    `Dir::Cache=${apt}/cache`,
    // Its user for downloads may not write here.
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option]);
  say(`fetching the sources of ${name} …`);
  if (readdirSync(join(apt, "lists")).length < 2) runTool(["apt-get", ...options, "update"], DIRECTORY);
  runTool(["apt-get", ...options, "source", "--only-source", name], DIRECTORY);
  return unpacked(name) ?? DIRECTORY;
}

function prepare(program: Omit<Program, "name">, root: string, say: (line: string) => void): void {
  const made = [...program.sources, ...program.includes];
  if (program.prepare === undefined || made.every((path) => existsSync(join(root, path)))) return;
  say(`preparing the sources of ${program.package} …`);
  const directory = join(root, "build");
  mkdirSync(directory, { recursive: true });
  for (const command of program.prepare) runTool(command, directory);
}

function cFiles(path: string): string[] {
  if (!isDirectory(path)) return [path];
  return readdirSync(path)
    .filter((name) => name.endsWith(".c"))
    .sort()
    .map((name) => join(path, name));
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
