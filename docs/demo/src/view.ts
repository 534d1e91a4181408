/** What the page shows. Text is set as text, never as markup: names come from modules. */

import type { FunctionCount } from "./live_counts.ts";
import type { Listing } from "./messages.ts";

/** How many functions are listed. */
const LISTED = 400;
/** How long a line that has just run stays bright, in milliseconds. */
const FLASH = 600;

export function element<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element ${id}`);
  return found as T;
}

export function status(text: string, kind: "busy" | "done" | "failed" = "done"): void {
  const line = element("status");
  line.textContent = text;
  line.dataset.kind = kind;
}

/** The list of functions, those that ran most first. */
export class FunctionList {
  readonly #list = element("functions");
  readonly #nameOf: (body: number) => string;
  readonly #select: (body: number) => void;
  selected = -1;

  constructor(nameOf: (body: number) => string, select: (body: number) => void) {
    this.#nameOf = nameOf;
    this.#select = select;
  }

  show(functions: readonly FunctionCount[], filter: string): void {
    const wanted = functions.filter(({ body }) => filter === "" || this.#nameOf(body).includes(filter));
    const sorted = wanted.sort((a, b) => b.entered - a.entered || b.reached - a.reached || a.body - b.body);
    const rows = sorted.slice(0, LISTED).map((each) => this.#row(each));
    if (sorted.length > LISTED) rows.push(note(`… and ${(sorted.length - LISTED).toLocaleString("en")} more`));
    this.#list.replaceChildren(...rows);
    const ran = functions.filter(({ reached }) => reached > 0).length;
    const sites = functions.reduce((sum, { sites: count }) => sum + count, 0);
    const reached = functions.reduce((sum, { reached: count }) => sum + count, 0);
    element("totals").textContent =
      functions.length === 0
        ? ""
        : `${count(ran)} of ${count(functions.length)} functions, ${count(reached)} of ${count(sites)} edges (${percent(reached, sites)})`;
  }

  #row({ body, sites, reached, entered }: FunctionCount): HTMLElement {
    const row = document.createElement("button");
    row.className = body === this.selected ? "function selected" : "function";
    row.dataset.reached = reached === 0 ? "none" : reached === sites ? "all" : "some";
    row.append(
      span("name", this.#nameOf(body)),
      span("count", entered === 0 ? "" : `${count(entered)}×`),
      span("share", percent(reached, sites)),
    );
    row.style.setProperty("--share", `${(100 * reached) / Math.max(1, sites)}%`);
    row.addEventListener("click", () => {
      this.selected = body;
      this.#select(body);
    });
    return row;
  }
}

/** The text of a function with its counts. */
export class ListingView {
  readonly #lines = element("listing");
  readonly #title = element("listing-title");
  #counts: (HTMLElement | undefined)[] = [];
  #last: (number | undefined)[] = [];
  listing: Listing | undefined;

  show(listing: Listing): void {
    this.listing = listing;
    this.#title.textContent = listing.name;
    this.#last = [];
    this.#counts = [];
    const rows = listing.lines.map((text, k) => {
      const row = document.createElement("div");
      const number = span("count", "");
      row.className = "line";
      row.append(number, span("offset", `0x${(listing.offsets[k] ?? 0).toString(16)}`), span("text", text));
      this.#counts.push(number);
      return row;
    });
    this.#lines.replaceChildren(...rows);
    this.#lines.scrollTop = 0;
  }

  /** @param counts by line; undefined where nothing leads to it */
  update(counts: readonly (number | undefined)[]): void {
    const most = Math.max(1, ...counts.map((each) => each ?? 0));
    for (const [k, value] of counts.entries()) {
      if (value === this.#last[k] && this.#last.length > 0) continue;
      const number = this.#counts[k];
      const row = number?.parentElement;
      if (!number || !row) continue;
      number.textContent = value === undefined ? "" : value === 0 ? "0" : count(value);
      row.dataset.reached = value === undefined ? "unknown" : value === 0 ? "none" : "some";
      row.style.setProperty("--heat", String(value ? Math.log1p(value) / Math.log1p(most) : 0));
      if (value && this.#last.length > 0) flash(row);
    }
    this.#last = [...counts];
  }
}

function flash(row: HTMLElement): void {
  row.animate([{ filter: "brightness(1.6)" }, { filter: "none" }], { duration: FLASH });
}

function span(className: string, text: string): HTMLElement {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  return made;
}

function note(text: string): HTMLElement {
  const made = document.createElement("p");
  made.className = "note";
  made.textContent = text;
  return made;
}

function count(value: number): string {
  return value < 1e6 ? value.toLocaleString("en") : `${(value / 1e6).toPrecision(4)} M`;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "" : `${Math.floor((100 * part) / whole)} %`;
}
