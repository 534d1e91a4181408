/** Entry of the thread that runs the target: does its job, and says how that ended. */

import { workerData } from "node:worker_threads";
import { collectJob, minimizeJob, runJob } from "./file_jobs.ts";
import { fuzzJob } from "./fuzz_job.ts";
import type { Job } from "./job.ts";
import { post, Runner } from "./runner.ts";

const JOBS = { fuzz: fuzzJob, run: runJob, collect: collectJob, minimize: minimizeJob, cleanse: minimizeJob };

const job = workerData as Job;
try {
  const runner = await Runner.open(job);
  post({ exitCode: await JOBS[job.kind](runner) });
} catch (error) {
  post({ failure: error instanceof Error ? error.message : String(error) });
}
