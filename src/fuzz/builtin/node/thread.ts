/** Entry point of the thread that runs the target: does its job, and reports how that ended. */

import { workerData } from "node:worker_threads";
import { messageOf } from "../../../errors.ts";
import { collectJob, minimizeJob, runJob, verifyJob } from "./file_jobs.ts";
import { fuzzJob } from "./fuzz_job.ts";
import type { Job } from "./job.ts";
import { post, Runner } from "./runner.ts";

const JOBS = {
  fuzz: fuzzJob,
  run: runJob,
  collect: collectJob,
  minimize: minimizeJob,
  cleanse: minimizeJob,
  verify: verifyJob,
};

const job = workerData as Job;
// Only what the target waits for keeps the thread alive: a promise that is still pending now never settles.
process.once("beforeExit", () => post({ neverSettles: true }));
try {
  const runner = await Runner.open(job);
  post({ exitCode: await JOBS[job.kind](runner) });
} catch (error) {
  post({ failure: messageOf(error) });
}
