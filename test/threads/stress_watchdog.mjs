// Watches the stress test from a thread of its own: who waits for a lock for ever cannot say so.

import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";

const { heartbeat, seed, milliseconds } = workerData;
for (;;) {
  const beat = Atomics.load(heartbeat, 0);
  if (Atomics.wait(heartbeat, 0, beat, milliseconds) !== "timed-out") continue;
  writeSync(2, `seed ${seed}: hangs: nothing has got anywhere for ${milliseconds} ms\n`);
  process.kill(process.pid, "SIGABRT");
}
