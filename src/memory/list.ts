/** Doubly linked circular lists of cells: the kernel's `list_head`. A head is two words, as an entry's link is. */

import { LIST_NEXT, LIST_PREV } from "../abi/layout.ts";

/** The words that lists are stored in: those of the shared memory. */
export interface ListWords {
  load(address: number): number;
  store(address: number, value: number): void;
}

/** Makes `head` an empty list. */
export function listInit(arena: ListWords, head: number): void {
  arena.store(head + LIST_NEXT, head);
  arena.store(head + LIST_PREV, head);
}

/** Inserts `entry` directly after `head`, which may be any entry. */
export function listAdd(arena: ListWords, head: number, entry: number): void {
  link(arena, entry, head, arena.load(head + LIST_NEXT));
}

/** Inserts `entry` directly before `head`: at the end of the list. */
export function listAddTail(arena: ListWords, head: number, entry: number): void {
  link(arena, entry, arena.load(head + LIST_PREV), head);
}

/** Takes `entry` off its list. */
export function listDel(arena: ListWords, entry: number): void {
  const next = arena.load(entry + LIST_NEXT);
  const prev = arena.load(entry + LIST_PREV);
  arena.store(prev + LIST_NEXT, next);
  arena.store(next + LIST_PREV, prev);
}

/** Addresses of the entries in order. The entry that was yielded last may be deleted. */
export function* listEntries(arena: ListWords, head: number): Generator<number, void, void> {
  let entry = arena.load(head + LIST_NEXT);
  while (entry !== head) {
    const next = arena.load(entry + LIST_NEXT);
    yield entry;
    entry = next;
  }
}

function link(arena: ListWords, entry: number, prev: number, next: number): void {
  arena.store(entry + LIST_NEXT, next);
  arena.store(entry + LIST_PREV, prev);
  arena.store(prev + LIST_NEXT, entry);
  arena.store(next + LIST_PREV, entry);
}
