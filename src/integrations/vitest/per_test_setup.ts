/** Runs in every worker with `perTest`: attributes counts to the test that is running, or to all concurrent ones. */

import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { afterEach, beforeEach } from "vitest";
import { currentRecorder, type Recorder } from "../../coverage/node/recorder.ts";
import { encodeCounts } from "../../coverage/profile/counts.ts";
import { PER_TEST_EXTENSION, type PerTestRecord } from "./per_test_record.ts";

interface Task {
  readonly name: string;
  readonly suite?: Task | undefined;
  readonly file: { readonly filepath: string };
}

type Snapshot = Map<string, BigUint64Array>;

const snapshots = new Map<unknown, Snapshot>();

beforeEach(({ task }) => {
  const recorder = currentRecorder();
  if (recorder !== undefined) snapshots.set(task, take(recorder));
});

afterEach(({ task }) => {
  const [recorder, before] = [currentRecorder(), snapshots.get(task)];
  snapshots.delete(task);
  if (recorder !== undefined && before !== undefined) write(recorder, task as unknown as Task, before);
});

/** The current values of all counters of this thread, as numbers: a flag is 1. */
function take({ collector }: Recorder): Snapshot {
  return new Map(
    collector
      .live()
      .map(({ module, counters }) => [
        `${module.sha256} ${module.pcTable}`,
        BigUint64Array.from(counters.read() as ArrayLike<bigint | number>, (count) => BigInt(count)),
      ]),
  );
}

function write(recorder: Recorder, task: Task, before: Snapshot): void {
  const modules: PerTestRecord["modules"][number][] = [];
  for (const [key, after] of take(recorder)) {
    const earlier = before.get(key);
    const during = after.map((count, index) => count - (earlier?.[index] ?? 0n));
    if (during.every((count) => count === 0n)) continue;
    const [sha256 = "", pcTable = ""] = key.split(" ");
    const counts = Buffer.from(encodeCounts(during)).toString("base64");
    modules.push({ sha256, pcTable, counters: during.length, counts });
  }
  const record: PerTestRecord = { file: task.file.filepath, name: fullName(task), modules };
  const { directory } = recorder.settings;
  mkdirSync(directory, { recursive: true });
  appendFileSync(join(directory, `${process.pid}-${threadId}${PER_TEST_EXTENSION}`), `${JSON.stringify(record)}\n`);
}

function fullName(task: Task): string {
  const names = [task.name];
  for (let { suite } = task; suite !== undefined; { suite } = suite) names.unshift(suite.name);
  return names.filter((name) => name !== "").join(" > ");
}
