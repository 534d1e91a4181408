/** Which rule came with which kernel: all that differs between the ABIs. */

/** A kernel whose rules a device follows. */
export type KcovAbi = "v5.5" | "v5.18" | "v6.12" | "v7.2";

/** The versions, oldest first; the shared memory stores the index. */
export const ABIS: readonly KcovAbi[] = ["v5.5", "v5.18", "v6.12", "v7.2"];

/** What one kernel does and another does not. */
export interface Rules {
  readonly abi: KcovAbi;
  /**
   * v5.18. INIT_TRACE allocates the area and checks the size before the mode; ENABLE needs no mmap; every mmap maps
   * that area, in any mode. Before, the first mmap allocated it, a second one mapped nothing, and both required mode
   * INIT.
   */
  readonly initMakesArea: boolean;
  /** v5.19. mmap fails when a page cannot be inserted. Before, it succeeded without the page and warned once. */
  readonly mmapReportsPages: boolean;
  /** v5.19. The PC hook stores the count first: a count of 2^64−1 ends as the PC. Before, it ended as 0. */
  readonly countFirst: boolean;
  /**
   * v5.8. Soft interrupts can have sections, on top of what their CPU's current task traces, which is saved meanwhile.
   * A task is busy while its mode is on. Outside of tasks and soft interrupts `remoteStart` is silent, and `remoteStop`
   * does nothing. Before, all interrupts were alike, a task was busy if it had a kcov, `remoteStart` warned in
   * interrupts, and `remoteStop` did not check.
   */
  readonly softirq: boolean;
  /** v5.15. The common handle is 0 outside of tasks. */
  readonly handleOfTasksOnly: boolean;
  /**
   * Where a task keeps the descriptor that it has enabled remotely. The task itself records nothing for it.
   *
   * - "kcov": where it keeps the one that it traces for, so it has one descriptor; its mode stays off. (v5.8–v6.9 did
   *   so with `softirq`, and lost the descriptor when a section ran in the owner or interrupted it: no ABI here
   *   imitates that.)
   * - "mode", v6.10: as "kcov", but its mode is REMOTE, and the task counts as enabled.
   * - "remoteKcov", v7.2: in a field of its own. It may trace another descriptor, and run sections, at the same time.
   *   Ending one leaves the other alone, and the common handle belongs to the remote one.
   */
  readonly remoteOwner: "kcov" | "mode" | "remoteKcov";
}

const V5_5: Rules = {
  abi: "v5.5",
  initMakesArea: false,
  mmapReportsPages: false,
  countFirst: false,
  softirq: false,
  handleOfTasksOnly: false,
  remoteOwner: "kcov",
};

/** Only v5.18's changes to INIT_TRACE and mmap, on top of v5.5–v5.7. */
const V5_18: Rules = { ...V5_5, abi: "v5.18", initMakesArea: true };

const V6_12: Rules = {
  abi: "v6.12",
  initMakesArea: true,
  mmapReportsPages: true,
  countFirst: true,
  softirq: true,
  handleOfTasksOnly: true,
  remoteOwner: "mode",
};

const V7_2: Rules = { ...V6_12, abi: "v7.2", remoteOwner: "remoteKcov" };

/** The rules of every version, at the index that the shared memory stores. */
export const RULES: readonly Rules[] = [V5_5, V5_18, V6_12, V7_2];
