/** What coverage runs make of directories and disks that do not take or give what they should: a line, and nothing is lost. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LOAD, Project } from "../support/coverage_project.ts";
import { canMount, Disk, NEEDS_MOUNT } from "../support/disks.ts";

let project: Project;
beforeAll(() => {
  project = new Project();
  project.write("once.mjs", `${LOAD}load().work(10);`);
});
afterAll(() => project.remove());
beforeEach(() => rmSync(project.path("coverage"), { recursive: true, force: true }));

test("profiles that are damaged, foreign or of another version are left out, each with a word", () => {
  project.cover(["node", "once.mjs"]);
  const tmp = project.path("coverage/tmp");
  const good = readFileSync(join(tmp, readdirSync(tmp).find((name) => name.endsWith(".profile")) as string));
  writeFileSync(join(tmp, "1-cut.profile"), good.subarray(0, 100));
  writeFileSync(join(tmp, "2-foreign.profile"), "something else");
  const version = Buffer.from(good);
  version[8] = 2;
  writeFileSync(join(tmp, "3-newer.profile"), version);
  const { exit, stderr } = project.run(["report", "-r", "json"]);
  expect(exit).toBe(0);
  expect(stderr.split("\n")).toEqual([
    expect.stringMatching(/1-cut\.profile left out: it is damaged or was cut short$/),
    expect.stringMatching(/2-foreign\.profile left out: it is not a profile of wasm-kcov$/),
    expect.stringMatching(/3-newer\.profile left out: it is a profile of version 2; this wasm-kcov reads version 1$/),
    "",
  ]);
  expect(project.calls()).toMatchObject({ work: 1 });
  rmSync(join(tmp, "modules"), { recursive: true });
  expect(project.run(["report", "-r", "json"]).stderr).toMatch(/its pc table \w+: there is no such file or directory/);
});

test("a run in the directory of another one says so and takes nothing away", () => {
  project.write(
    "nested.mjs",
    `
    import { spawnSync } from "node:child_process";
    const { status, stderr } = spawnSync(process.execPath, [process.env.WK, "coverage", "node", "once.mjs"], { encoding: "utf8" });
    console.error(status, stderr.trim());`,
  );
  const main = new URL("../../dist/cli/main.js", import.meta.url).pathname;
  const { stderr } = project.run(["coverage", "-r", "none", "node", "nested.mjs"], { WK: main });
  expect(stderr).toMatch(
    /1 wasm-kcov: .*coverage\/tmp belongs to a run that is still going on \(process \d+\): give another --temp-directory, or --no-clean to add to it/,
  );
});

test("where profiles cannot be written they go elsewhere, and the report finds them", () => {
  project.write(
    "unwritable.mjs",
    `${LOAD}
    import { rmSync, writeFileSync } from "node:fs";
    rmSync("coverage/tmp", { recursive: true });
    writeFileSync("coverage/tmp", "in the way");
    load().work(1);`,
  );
  const { exit, stderr, calls } = project.cover(["node", "unwritable.mjs"]);
  expect(stderr).toMatch(/^wasm-kcov: cannot write to .*coverage\/tmp: .*; what process \d+ counts goes to /);
  expect({ exit, calls }).toEqual({ exit: 0, calls: { work: 1, unused: 0 } });
  rmSync(project.path("coverage"), { recursive: true });
  expect(project.cover(["node", "once.mjs"]).calls, "the next run begins anew").toEqual({ work: 1, unused: 0 });
});

describe.skipIf(!canMount())(`disks (${NEEDS_MOUNT})`, () => {
  let disk: Disk;
  beforeEach(() => {
    disk = new Disk(project.path("disk"), 256 * 1024);
  });
  afterEach(() => disk.remove());

  const counted = { work: 1, unused: 0 };
  /** A report on another disk than what is full. */
  const cover = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => project.cover([...args], env);

  test("a disk that becomes full during the run costs no counts", () => {
    project.write(
      "fills.mjs",
      `${LOAD}
      import { writeFileSync } from "node:fs";
      try { for (;;) writeFileSync("disk/filling", Buffer.alloc(4096), { flag: "a" }); } catch {}
      load().work(1);`,
    );
    const { exit, stderr, calls } = cover(["--temp-directory", "disk/tmp", "node", "fills.mjs"]);
    expect(stderr).toMatch(
      /^wasm-kcov: cannot write to .*disk\/tmp: .*no space left.*; what process \d+ counts goes to \S+\n$/,
    );
    expect({ exit, calls }).toEqual({ exit: 0, calls: counted });
  });

  test.each(["full", "read-only"])("a directory for profiles on a %s disk is said before anything runs", (how) => {
    expect(cover(["--temp-directory", "disk/tmp", "node", "once.mjs"]).calls).toEqual(counted);
    const before = contentsOf(disk.directory);
    rmSync(project.path("ran"), { force: true });
    project.write("says.mjs", `import { writeFileSync } from "node:fs"; writeFileSync("ran", "");`);
    if (how === "full") disk.fill();
    else disk.makeReadOnly();
    const { exit, stderr } = cover(["--temp-directory", "disk/tmp", "node", "says.mjs"]);
    expect({ exit, ran: existsSync(project.path("ran")) }).toEqual({ exit: 1, ran: false });
    const reason = how === "full" ? "the disk is full" : "the file system is read-only";
    expect(stderr).toMatch(new RegExp(`^wasm-kcov: cannot write .*/disk/tmp: ${reason}\n$`));
    disk.empty();
    expect(contentsOf(disk.directory)).toEqual(before);
    expect(project.run(["report", "-r", "json", "disk/tmp"])).toMatchObject({ exit: 0, stderr: "" });
    expect(project.calls()).toEqual(counted);
  });

  test.each(["full", "read-only"])("reports on a %s disk: those of the run before stay", (how) => {
    const reports = ["-r", "html", "-r", "lcovonly", "--reports-dir", "disk/reports", "node", "once.mjs"];
    expect(project.run(["coverage", ...reports])).toMatchObject({ exit: 0 });
    const before = contentsOf(disk.directory);
    expect(before.some(([path]) => path.endsWith("lcov.info"))).toBe(true);
    if (how === "full") disk.fill();
    else disk.makeReadOnly();
    const { exit, stderr } = project.run(["coverage", ...reports]);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^wasm-kcov: the report html cannot be written to disk\/reports: E(NOSPC|ROFS): .*\n$/);
    disk.empty();
    expect(contentsOf(disk.directory)).toEqual(before);
    // What was counted is there for another report.
    expect(project.run(["report", "-r", "json"])).toMatchObject({ exit: 0, stderr: "" });
    expect(project.calls()).toEqual(counted);
  });

  test.each(["full", "read-only"])("a cache on a %s disk is done without", (how) => {
    const WASM_KCOV_CACHE = project.path("disk/cache");
    mkdirSync(WASM_KCOV_CACHE, { mode: 0o700 });
    if (how === "full") disk.fill();
    else disk.makeReadOnly();
    expect(cover(["node", "once.mjs"], { WASM_KCOV_CACHE })).toMatchObject({ exit: 0, stderr: "", calls: counted });
  });
});

/** Files with their contents. */
function contentsOf(directory: string): [path: string, contents: string][] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
    .map((path) => [path, readFileSync(path, "latin1")]);
}
