/** Shows the current activity on one line of a terminal, which is overwritten each time. */

export class StatusLine {
  readonly #live = process.stderr.isTTY;
  #shown = 0;

  show(text: string): void {
    if (!this.#live) return;
    const line = text.slice(0, (process.stderr.columns ?? 80) - 1);
    process.stderr.write(`\r${line.padEnd(this.#shown)}`);
    this.#shown = line.length;
  }

  /** Erases the line. */
  clear(): void {
    if (this.#shown === 0) return;
    process.stderr.write(`\r${"".padEnd(this.#shown)}\r`);
    this.#shown = 0;
  }
}
