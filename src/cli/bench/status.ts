/** What is going on, on one line of a terminal that is written over and over. */

export class StatusLine {
  readonly #live = process.stderr.isTTY;
  #shown = 0;

  show(text: string): void {
    if (!this.#live) return;
    const line = text.slice(0, (process.stderr.columns ?? 80) - 1);
    process.stderr.write(`\r${line.padEnd(this.#shown)}`);
    this.#shown = line.length;
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shown === 0) return;
    process.stderr.write(`\r${"".padEnd(this.#shown)}\r`);
    this.#shown = 0;
  }
}
