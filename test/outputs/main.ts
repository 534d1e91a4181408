/**
 * Whether a change of the pass changes what it makes:
 *
 *     npm run test:outputs -- REF
 *
 * instruments the modules of `pairs.ts` with the working tree and with the commit REF, which is checked out and built in a
 * temporary directory, and prints which outputs differ and where. Exit code 1 if any does.
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSections } from "../../src/instrument/wasm/sections.ts";
import { allPairs, type Pair } from "./pairs.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const EMIT = fileURLToPath(new URL("emit.mjs", import.meta.url));
/** What the pass needs of the build; a commit may be older than the first. */
const BUILD = [
  ["scripts/binaryen.mjs"],
  ["assembly/build.mjs"],
  ["scripts/fingerprint.mjs"],
  ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"],
];

const [ref] = process.argv.slice(2);
process.exitCode = ref === undefined ? usage() : main(ref);

function usage(): number {
  process.stderr.write("usage: npm run test:outputs -- REF\n");
  return 2;
}

function main(commit: string): number {
  const directory = mkdtempSync(join(tmpdir(), "outputs-"));
  const reference = join(directory, "reference");
  try {
    run("git", ["worktree", "add", "--quiet", "--detach", reference, commit]);
    symlinkSync(join(ROOT, "node_modules"), join(reference, "node_modules"));
    const pairs = allPairs();
    writePairs(directory, pairs);
    for (const [tree, output] of [
      [reference, "before"],
      [ROOT, "after"],
    ] as const) {
      for (const step of BUILD) if (existsSync(join(tree, step[0] as string))) run(process.execPath, step, tree);
      mkdirSync(join(directory, output));
      run(process.execPath, [EMIT, tree, directory, join(directory, output)]);
    }
    const differences = pairs.flatMap((pair, k) => difference(directory, pair, k));
    for (const line of differences) process.stdout.write(`${line}\n`);
    process.stdout.write(`${pairs.length} outputs, ${differences.length} differ from ${commit}\n`);
    return differences.length === 0 ? 0 : 1;
  } finally {
    spawnSync("git", ["worktree", "remove", "--force", reference], { cwd: ROOT });
    rmSync(directory, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[], cwd: string = ROOT): void {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ["ignore", "ignore", "inherit"] });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: exit code ${status}`);
}

function writePairs(directory: string, pairs: readonly Pair[]): void {
  const entries = pairs.map(({ options, calls, module }, k) => {
    writeFileSync(join(directory, `${k}.wasm`), module);
    return { file: `${k}.wasm`, options, calls };
  });
  writeFileSync(join(directory, "pairs.json"), JSON.stringify(entries));
}

/** A line about a pair whose outputs are not the same. */
function difference(directory: string, { name }: Pair, k: number): string[] {
  const [before, after] = ["before", "after"].map((side) => readFileSync(join(directory, side, `${k}.wasm`)));
  const [toldBefore, toldAfter] = ["before", "after"].map((side) =>
    readFileSync(join(directory, side, `${k}.json`), "utf8"),
  );
  if (!before || !after) return [`${name}: no output`];
  if (!before.equals(after)) return [`${name}: ${describe(before, after)}`];
  return toldBefore === toldAfter ? [] : [`${name}: the same bytes, but not the same statistics`];
}

function describe(before: Buffer, after: Buffer): string {
  if (before.length === 0 || after.length === 0) return `${before.length} and ${after.length} bytes`;
  const at = before.findIndex((byte, k) => byte !== after[k]);
  const offset = at === -1 ? before.length : at;
  const section = readSections(before).find(({ end }) => offset < end);
  const place = section ? `section ${section.name ?? section.id}, offset 0x${offset.toString(16)}` : "the end";
  return `${before.length} and ${after.length} bytes, which differ from ${place} on`;
}
