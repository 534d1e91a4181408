/** The time that code took. */

/** In microseconds. Node.js 20 and 22 know that of the process only. */
type CpuUsage = () => { user: number; system: number };

/**
 * Time of the processor while one thread computes: what others do on the machine does not count, and neither does an
 * engine that compiles in the background. Once the code has waited for something, time of the clock.
 */
export class Stopwatch {
  /** It waited for a promise: what it waited for is part of what it does. */
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
    // Too short for that clock to move: the other one has a finer scale.
    const clock = (performance.now() - this.#start) * 1e6;
    return this.waited || cpu === 0 ? clock : cpu * 1e3;
  }

  #cpu(): number {
    const { user, system } = this.#usage();
    return user + system;
  }
}
