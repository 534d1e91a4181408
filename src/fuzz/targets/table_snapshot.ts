/** The elements of a table at one point in time. */

export class TableSnapshot {
  readonly #table: WebAssembly.Table;
  /** Undefined if JavaScript cannot read elements of this type (references to exceptions): they stay as they are. */
  readonly #elements: readonly unknown[] | undefined;

  constructor(table: WebAssembly.Table) {
    this.#table = table;
    this.#elements = readAll(table);
  }

  /** Restores the elements. A table cannot shrink: elements past its former end become null. */
  restore(): void {
    const elements = this.#elements;
    if (!elements) return;
    for (let k = 0; k < this.#table.length; k++) this.#table.set(k, k < elements.length ? elements[k] : null);
  }
}

function readAll(table: WebAssembly.Table): unknown[] | undefined {
  try {
    return Array.from({ length: table.length }, (_, k) => table.get(k));
  } catch {
    return undefined;
  }
}
