/** What a worker writes about a test: one line of JSON. */

export const PER_TEST_EXTENSION = ".per-test.jsonl";

export interface PerTestRecord {
  /** The test file. */
  readonly file: string;
  /** Names of the suites and of the test. */
  readonly name: string;
  readonly modules: readonly {
    readonly sha256: string;
    /** SHA-256 of the pc table. */
    readonly pcTable: string;
    readonly counters: number;
    /** The counts that the test added, encoded by `encodeCounts`, in base64. */
    readonly counts: string;
  }[];
}
