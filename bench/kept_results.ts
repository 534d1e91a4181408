/** What was measured of programs, in a file, so that a long run can be stopped and go on later. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { ProgramResult } from "./measured_program.ts";

interface Content {
  /** Whose results these are. */
  readonly commit: string;
  readonly programs: (Omit<ProgramResult, "slowdowns"> & { readonly slowdowns: [string, readonly number[]][] })[];
}

export class KeptResults {
  readonly #path: string | undefined;
  readonly #content: Content;

  /**
   * @param path undefined: nothing is kept
   * @throws {Error} the file is of another commit
   */
  constructor(path: string | undefined, commit: string) {
    this.#path = path;
    this.#content =
      path !== undefined && existsSync(path)
        ? (JSON.parse(readFileSync(path, "utf8")) as Content)
        : { commit, programs: [] };
    if (this.#content.commit !== commit) throw new Error(`${path} has results of ${this.#content.commit}: delete it`);
  }

  find(program: string): ProgramResult | undefined {
    const found = this.#content.programs.find((each) => each.program === program);
    return found && { ...found, slowdowns: new Map(found.slowdowns) };
  }

  add({ program, rows, missing, doubts, slowdowns }: ProgramResult): void {
    if (this.#path === undefined) return;
    this.#content.programs.push({ program, rows, missing, doubts, slowdowns: [...slowdowns] });
    writeFileSync(this.#path, `${JSON.stringify(this.#content)}\n`);
  }
}
