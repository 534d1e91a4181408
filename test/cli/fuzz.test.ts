/** `wasm-kcov fuzz` and `corpus`, as a user runs them: exit codes, logs, and files. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sha1Hex } from "../../src/fuzz/builtin/corpus.ts";
import { wat } from "../support/wat.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-fuzz-"));
  for (const fixtures of ["../fixtures/fuzz/", "../fixtures/fuzz_cli/"]) {
    for (const file of readdirSync(here(fixtures))) {
      const binary = wat(readFileSync(here(`${fixtures}${file}`), "utf8"), true);
      writeFileSync(join(directory, file.replace(/\.wat$/, ".wasm")), binary);
    }
  }
});

afterAll(() => rmSync(directory, { recursive: true }));

function start(...args: string[]): ChildProcess {
  const stdio = ["ignore", "pipe", "pipe"] as const;
  return spawn(process.execPath, [here("../../dist/cli/main.js"), ...args], { cwd: directory, stdio: [...stdio] });
}

async function end(child: ChildProcess): Promise<{ exit: number | null; stdout: string; stderr: string }> {
  if (!child.stdout || !child.stderr) throw new Error("no pipes");
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exit: await exit, stdout, stderr };
}

const run = (...args: string[]) => end(start(...args));

/** Makes a directory in the working directory. */
function make(name: string): string {
  mkdirSync(join(directory, name));
  return name;
}

const list = (name: string): string[] => readdirSync(join(directory, name)).sort();
const read = (name: string): Buffer => readFileSync(join(directory, name));
const write = (name: string, contents: string): void => writeFileSync(join(directory, name), contents);

/** Without what depends on the machine. */
const timeless = (log: string): string =>
  log.replace(/exec\/s: \d+ rss: \d+Mb|rss: \d+Mb|==\d+==|in \d+ second.*/g, "");

test("a crash: 77, the report, the input in a file, which crashes again", async () => {
  const { exit, stderr } = await run("fuzz", "string_compare.wasm", "-seed=3", "-artifact_prefix=a/", "-runs=100000");
  expect(exit).toBe(77);
  const [name = ""] = list("a");
  expect(name).toBe(`crash-${sha1Hex(read(`a/${name}`))}`);
  expect(read(`a/${name}`).subarray(0, 11).toString()).toBe("open sesame");
  expect(stderr).toContain("INFO: Loaded 1 modules   (5 inline 8-bit counters): 5 [string_compare.wasm], ");
  expect(stderr).toMatch(/^#2\tINITED cov: \d+ ft: \d+ corp: \d+\/\d+b lim: \d+ exec\/s: \d+ rss: \d+Mb$/m);
  expect(stderr).toMatch(
    /\tNEW +cov: \d+ ft: \d+ corp: \d+\/\d+b lim: \d+ exec\/s: \d+ rss: \d+Mb L: \d+\/\d+ MS: \d+ /,
  );
  expect(stderr).toMatch(
    /^==\d+== ERROR: libFuzzer: deadly signal\n {4}unreachable\n {4}#0 .*in LLVMFuzzerTestOneInput$/m,
  );
  expect(stderr).toContain(`Test unit written to a/${name}`);

  const again = await run("fuzz", "string_compare.wasm", `a/${name}`);
  expect(again.exit).toBe(77);
  expect(again.stderr).toContain(`Running: a/${name}\n`);
  write("fine", "open sesamx");
  const fine = await run("fuzz", "string_compare.wasm", "fine");
  expect(fine.exit).toBe(0);
  expect(fine.stderr).toMatch(/Executed fine in \d+ ms/);
});

test("the same seed: the same log and corpus", async () => {
  const logs: string[] = [];
  for (const corpus of [make("s1"), make("s2")]) {
    const { exit, stderr } = await run(
      "fuzz",
      "state_machine.wasm",
      corpus,
      "-seed=9",
      "-runs=600",
      "-artifact_prefix=s/",
    );
    expect([0, 77]).toContain(exit);
    logs.push(timeless(stderr));
  }
  expect(logs[1]).toBe(logs[0]);
  expect(list("s1").length).toBeGreaterThan(3);
  expect(list("s2")).toEqual(list("s1"));
});

test("a timeout: 70, and the input in a file", async () => {
  const { exit, stderr } = await run("fuzz", "hang.wasm", "-seed=2", "-timeout=1", "-artifact_prefix=t/");
  expect(exit).toBe(70);
  const [name = ""] = list("t");
  expect(name).toMatch(/^timeout-/);
  expect(read(`t/${name}`)[0]).toBe(65);
  expect(stderr).toMatch(/ERROR: libFuzzer: timeout after \d+ seconds/);
  expect(stderr).toContain(`Test unit written to t/${name}`);
});

test("a timeout below a second: the log says so", async () => {
  const { exit, stderr } = await run("fuzz", "hang.wasm", "-seed=2", "-timeout=0.5", "-artifact_prefix=th/");
  expect(exit).toBe(70);
  const [name = ""] = list("th");
  expect(name).toMatch(/^timeout-/);
  expect(read(`th/${name}`)[0]).toBe(65);
  const after = Number(/ERROR: libFuzzer: timeout after (\d+\.\d) seconds/.exec(stderr)?.[1]);
  expect(after, stderr).toBeGreaterThanOrEqual(0.5);
  expect(stderr).toContain("and the timeout value is 0.5 (use -timeout=N to change)\n");
});

test("-timeout=0: an input may take as long as it likes", async () => {
  const args = ["-seed=2", "-timeout=0", "-max_total_time=1", "-artifact_prefix=t0/"];
  const { exit, stderr } = await run("fuzz", "hang.wasm", ...args);
  expect(exit, stderr).toBe(0);
  expect(stderr).not.toContain("timeout after");
});

test("ignored timeouts and crashes: it goes on with its corpus, and reports each crash once", async () => {
  const args = ["-seed=2", "-timeout=0.3", "-ignore_timeouts=1", "-ignore_crashes=1", "-max_total_time=15"];
  const { exit, stderr } = await run("fuzz", "hang.wasm", make("ic"), ...args, "-artifact_prefix=i/");
  expect(exit).toBe(0);
  expect(stderr.match(/ERROR: libFuzzer: deadly signal/g)).toHaveLength(1);
  expect(stderr.match(/libFuzzer: timeout after/g)?.length).toBeGreaterThan(0);
  expect(stderr.match(/INITED/g)?.length).toBeGreaterThan(1);
  expect(list("i").filter((name) => name.startsWith("crash-"))).toHaveLength(1);
});

test("an initialisation that never ends: a message and 1", async () => {
  const { exit, stderr } = await run("fuzz", "init_hang.wasm", "--init-timeout", "0.5");
  expect(exit).toBe(1);
  expect(stderr).toBe("wasm-kcov: init_hang.wasm: its initialisation did not end in 0.5 seconds (--init-timeout)\n");
});

test("more memory than it may have: 71", async () => {
  const { exit, stderr } = await run("fuzz", "magic_64.wasm", "-use_cmp=0", "-rss_limit_mb=20", "-artifact_prefix=o/");
  expect(exit).toBe(71);
  expect(stderr).toMatch(/ERROR: libFuzzer: out-of-memory \(used: \d+Mb; limit: 20Mb\)/);
  expect(list("o")[0]).toMatch(/^oom-/);
});

test("Ctrl-C: 72", async () => {
  const child = start("fuzz", "magic_64.wasm", "-use_cmp=0", "-print_final_stats=1");
  child.stderr?.on("data", (data: Buffer) => {
    if (data.includes("INITED")) child.kill("SIGINT");
  });
  const { exit, stderr } = await end(child);
  expect(exit).toBe(72);
  expect(stderr).toContain("libFuzzer: run interrupted; exiting");
  expect(stderr).toMatch(/stat::number_of_executed_units: \d+/);
});

test("SIGKILL at any moment leaves a corpus of whole inputs", async () => {
  const corpus = make("k");
  for (const wanted of [1, 3, 5]) {
    const child = start(
      "fuzz",
      "state_machine.wasm",
      corpus,
      "-ignore_crashes=1",
      "-artifact_prefix=kk/",
      "-reduce_inputs=0",
    );
    let seen = 0;
    child.stderr?.on("data", (data: Buffer) => {
      seen += data
        .toString()
        .split("\n")
        .filter((line) => /\tNEW /.test(line)).length;
      if (seen >= wanted) child.kill("SIGKILL");
    });
    expect((await end(child)).exit).toBe(null);
    const whole = list(corpus).filter((name) => /^[0-9a-f]{40}$/.test(name));
    expect(whole.length).toBeGreaterThan(0);
    for (const name of whole) expect(sha1Hex(read(join(corpus, name)))).toBe(name);
    const others = list(corpus).filter((name) => !whole.includes(name));
    for (const name of others) expect(name).toMatch(/\.wasm-kcov\.tmp$/);
  }
});

test("merging, minimizing a corpus, and what it covers", async () => {
  await run(
    "fuzz",
    "magic_bytes.wasm",
    make("m1"),
    "-seed=1",
    "-runs=3000",
    "-use_cmp=1",
    "-ignore_crashes=1",
    "-artifact_prefix=m/",
  );
  for (const name of list("m1")) write(`m1/copy-${name}`, `${read(`m1/${name}`).toString("latin1")}____________`);
  const merged = await run("fuzz", "magic_bytes.wasm", "-merge=1", make("m2"), "m1", "-merge_control_file=control");
  expect(merged.exit).toBe(0);
  const count = Number(
    /MERGE-OUTER: (\d+) new files with \d+ new features added; \d+ new coverage edges/.exec(merged.stderr)?.[1],
  );
  expect(count).toBe(list("m2").length);
  expect(count).toBeGreaterThan(2);
  expect(count).toBeLessThan(list("m1").length);
  expect(list("m2").every((name) => !name.startsWith("copy-"))).toBe(true);

  const resumed = await run("fuzz", "magic_bytes.wasm", "-merge=1", make("m3"), "m1", "-merge_control_file=control");
  expect(list("m3"), resumed.stderr).toEqual(list("m2"));
  await run("corpus", "minimize", "magic_bytes.wasm", "m1", "-o", "m4");
  expect(list("m4")).toEqual(list("m2"));

  const coverage = await run("corpus", "coverage", "magic_bytes.wasm", "m4", "--json");
  const report = JSON.parse(coverage.stdout) as {
    edges: { reached: number };
    functions: { name: string }[];
    inputs: unknown[];
  };
  expect(report.inputs).toHaveLength(count);
  expect(report.functions[0]?.name).toBe("LLVMFuzzerTestOneInput");
  expect(report.edges.reached).toBeGreaterThan(count - 2);
});

test("a crashing input is made shorter, or plainer", async () => {
  write("long", `open sesame${"x".repeat(500)}`);
  const shorter = await run("fuzz", "string_compare.wasm", "-minimize_crash=1", "long", "-exact_artifact_path=short");
  expect(shorter.exit).toBe(0);
  expect(read("short").toString()).toBe("open sesame");
  write("coloured", "open sesame 123");
  await run("fuzz", "string_compare.wasm", "-cleanse_crash=1", "coloured", "-exact_artifact_path=plain");
  expect(read("plain").toString()).toBe("open sesame    ");
  const none = await run("fuzz", "string_compare.wasm", "-minimize_crash=1", "fine2");
  expect(none.exit).toBe(2);
});

test("processes that share a corpus", async () => {
  const { exit, stderr } = await run(
    "fuzz",
    "magic_bytes.wasm",
    make("f"),
    "-fork=2",
    "-runs=4000",
    "-seed=1",
    "-ignore_crashes=1",
    "-artifact_prefix=ff/",
  );
  expect(exit, stderr).toBe(0);
  expect(stderr).toMatch(
    /^#\d+: cov: \d+ ft: \d+ corp: \d+ exec\/s: \d+ oom\/timeout\/crash: 0\/0\/\d+ time: \d+s job: 2$/m,
  );
  expect(list("f").length).toBeGreaterThan(3);
  const stopped = await run("fuzz", "string_compare.wasm", make("g"), "-fork=2", "-seed=1", "-artifact_prefix=gg/");
  expect(stopped.exit).toBe(77);
});

test("jobs: each to its end, with a log of its own, all on one corpus", async () => {
  const args = ["-jobs=3", "-workers=2", "-runs=2000", "-seed=1", "-artifact_prefix=jj/"];
  const { exit, stderr } = await run("fuzz", "magic_64.wasm", make("jc"), ...args, "-use_cmp=0");
  expect(exit, stderr).toBe(0);
  for (const job of [0, 1, 2]) {
    const log = read(`fuzz-${job}.log`).toString();
    expect(stderr).toContain(`================== Job ${job} exited with exit code 0 ============\n${log}`);
    expect(log).toContain(`INFO: Seed: ${1 + job}\n`);
    expect(log).toMatch(/^#2000\tDONE /m);
  }
  expect(list("jc").length).toBeGreaterThan(0);
});

test("jobs: a finding of one ends neither the others nor what is to come, and is 1 in the end", async () => {
  const args = ["-jobs=3", "-workers=1", "-runs=100000", "-seed=3", "-artifact_prefix=jf/"];
  const { exit, stderr } = await run("fuzz", "string_compare.wasm", ...args);
  expect(exit, stderr).toBe(1);
  const ends = [...stderr.matchAll(/Job (\d) exited with exit code (\d+)/g)].map(([, job, code]) => [job, code]);
  expect(ends).toEqual([
    ["0", "77"],
    ["1", "77"],
    ["2", "77"],
  ]);
  expect(list("jf").every((name) => name.startsWith("crash-"))).toBe(true);
});

test("jobs: Ctrl-C ends all of them", async () => {
  const paths = [0, 1, 2, 3].map((job) => join(directory, `fuzz-${job}.log`));
  for (const path of paths) rmSync(path, { force: true });
  const child = start("fuzz", "magic_64.wasm", "-jobs=4", "-workers=2", "-use_cmp=0");
  const logs = paths.slice(0, 2);
  const watching = setInterval(() => {
    if (!logs.every((path) => existsSync(path) && readFileSync(path, "utf8").includes("INITED"))) return;
    clearInterval(watching);
    child.kill("SIGINT");
  }, 50);
  const { exit } = await end(child);
  expect(exit).toBe(72);
  for (const path of logs) expect(readFileSync(path, "utf8")).toContain("libFuzzer: run interrupted; exiting");
  expect(paths.slice(2).some(existsSync), "no job begins after it").toBe(false);
});

test("events as JSON", async () => {
  const { exit, stdout } = await run("fuzz", "string_compare.wasm", "--json", "-seed=3", "-artifact_prefix=j/");
  expect(exit).toBe(77);
  const events = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { event: string; finding?: { input: string } });
  expect(events[0]?.event).toBe("loaded");
  const finding = events.find(({ event }) => event === "finding")?.finding;
  expect(
    Buffer.from(finding?.input ?? "", "base64")
      .subarray(0, 11)
      .toString(),
  ).toBe("open sesame");
});

test.each([
  [["fuzz", "missing.wasm"], 1, "wasm-kcov: cannot read missing.wasm: there is no such file or directory\n"],
  [["fuzz", "hang.wasm", "nodir"], 1, 'wasm-kcov: ERROR: The required directory "nodir" does not exist\n'],
  [["fuzz", "hang.wasm", "-runs=x"], 2, "wasm-kcov: -runs=x: not a whole number\n"],
  [["corpus", "coverage", "hang.wasm", "dir", "--timeout", "x"], 2, "wasm-kcov: -timeout=x: not a number of seconds\n"],
  [
    ["fuzz", "hang.wasm", "-merge=1"],
    2,
    "wasm-kcov: -merge=1 takes two or more directories: one to add to, and others to take from\n",
  ],
  [["fuzz", "hang.wasm", "-dict=nofile"], 1, "wasm-kcov: cannot read nofile: there is no such file or directory\n"],
])("%j: exit %i", async (args, code, message) => {
  const { exit, stderr } = await run(...args);
  expect([exit, stderr]).toEqual([code, message]);
});

test.each([
  ["bench", "--help"],
  ["fuzz", "magic_64.wasm", "--json", "-use_cmp=0"],
])("nobody reads what %s %s prints: it ends", async (...args) => {
  const child = start(...args);
  child.stdout?.destroy();
  const [status, stderr] = await Promise.all([
    new Promise((resolve) => child.once("exit", resolve)),
    text(child.stderr as NonNullable<typeof child.stderr>),
  ]);
  expect([status, stderr]).toEqual([0, ""]);
});

test("-help=1 lists the flags; an unknown one is a warning", async () => {
  const help = await run("fuzz", "hang.wasm", "-help=1");
  expect(help.exit).toBe(0);
  expect(help.stdout).toContain("  -runs                 executions before it ends; -1: no end.");
  const unknown = await run("fuzz", "magic_64.wasm", "-frob=1", "-runs=10", "-use_cmp=0");
  expect(unknown.exit).toBe(0);
  expect(unknown.stderr).toContain("WARNING: unrecognized flag '-frob=1'; use -help=1 to list all flags\n");
});
