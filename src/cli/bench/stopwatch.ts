/** Measures the time that code takes. */

/** In microseconds. Node.js 20 and 22 provide it for the whole process only. */
type CpuUsage = () => { user: number; system: number };

/**
 * Measures the CPU time of one thread: other work on the machine does not count, nor does compilation in the engine's
 * background threads. Once the code has waited for something, it measures wall-clock time.
 */
export class Stopwatch {
  /** Whether the code waited for a promise: that time is part of what it takes. */
  waited = false;
  readonly #usage: CpuUsage;
  readonly #cpuStart: number;
  readonly #start = performance.now();

  constructor() {
    const { threadCpuUsage } = process as { threadCpuUsage?: CpuUsage };
    this.#usage = threadCpuUsage?.bind(process) ?? process.cpuUsage.bind(process);
    this.#cpuStart = this.#cpu();
  }

  ns(): number {
    const cpu = this.#cpu() - this.#cpuStart;
    // If the time is too short for the CPU clock to advance, the wall clock has a finer resolution.
    const clock = (performance.now() - this.#start) * 1e6;
    return this.waited || cpu === 0 ? clock : cpu * 1e3;
  }

  #cpu(): number {
    const { user, system } = this.#usage();
    return user + system;
  }
}
