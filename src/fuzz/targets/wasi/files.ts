/**
 * The descriptors of a WASI program: the standard streams and one directory, which has one file, the input.
 *
 *     0  the input, as standard input        1, 2  discarded, or passed to a callback
 *     3  the directory "/"                   4 …   opened by the program
 */

/** Name of the file that holds the input. */
export const INPUT_FILE = "input";

export type FileKind = "input" | "stdin" | "stdout" | "stderr" | "directory";

/** An open file description. */
export interface OpenFile {
  readonly kind: FileKind;
  /** The offset, in bytes. */
  position: number;
  /** FDFLAGS, stored only for programs that query them. */
  flags: number;
}

/** A copy of a descriptor table. */
export type SavedFiles = readonly (OpenFile | undefined)[];

const FIRST_FREE = 3;

export class FileTable {
  #files: (OpenFile | undefined)[] = [];

  constructor() {
    this.reset();
  }

  /** Restores the table that a program starts with. */
  reset(): void {
    const kinds: readonly FileKind[] = ["stdin", "stdout", "stderr", "directory"];
    this.#files = kinds.map((kind) => ({ kind, position: 0, flags: 0 }));
  }

  /** A copy, for {@link restore}. */
  save(): SavedFiles {
    return this.#files.map((file) => file && { ...file });
  }

  restore(saved: SavedFiles): void {
    this.#files = saved.map((file) => file && { ...file });
  }

  get(fd: number): OpenFile | undefined {
    return this.#files[fd];
  }

  /** @returns the lowest free descriptor */
  open(kind: FileKind): number {
    let fd = FIRST_FREE;
    while (this.#files[fd]) fd++;
    this.#files[fd] = { kind, position: 0, flags: 0 };
    return fd;
  }

  /** @returns false if it is not open */
  close(fd: number): boolean {
    if (!this.#files[fd]) return false;
    this.#files[fd] = undefined;
    return true;
  }

  /** Moves a descriptor to another number, which is closed first. @returns false if either is not open */
  renumber(from: number, to: number): boolean {
    const file = this.#files[from];
    if (!file || !this.#files[to]) return false;
    this.#files[from] = undefined;
    this.#files[to] = file;
    return true;
  }
}
