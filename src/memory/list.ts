/** Doubly linked circular lists of cells: the kernel's `list_head`. A head is two words, as an entry's link is. */

import { LIST_NEXT, LIST_PREV } from "../abi/layout.ts";
import type { Arena } from "./arena.ts";

/** Makes `head` an empty list. */
export function listInit(arena: Arena, head: number): void {
  arena.store(head + LIST_NEXT, head);
  arena.store(head + LIST_PREV, head);
}

/** Inserts `entry` directly after `head`, which may be any entry. */
export function listAdd(arena: Arena, head: number, entry: number): void {
  link(arena, entry, head, arena.load(head + LIST_NEXT));
}

/** Inserts `entry` directly before `head`: at the end of the list. */
export function listAddTail(arena: Arena, head: number, entry: number): void {
  link(arena, entry, arena.load(head + LIST_PREV), head);
}

/** Takes `entry` off its list. */
export function listDel(arena: Arena, entry: number): void {
  const next = arena.load(entry + LIST_NEXT);
  const prev = arena.load(entry + LIST_PREV);
  arena.store(prev + LIST_NEXT, next);
  arena.store(next + LIST_PREV, prev);
}

/** Addresses of the entries in order. The entry just given may be deleted. */
export function* listEntries(arena: Arena, head: number): Generator<number, void, void> {
  let entry = arena.load(head + LIST_NEXT);
  while (entry !== head) {
    const next = arena.load(entry + LIST_NEXT);
    yield entry;
    entry = next;
  }
}

function link(arena: Arena, entry: number, prev: number, next: number): void {
  arena.store(entry + LIST_NEXT, next);
  arena.store(entry + LIST_PREV, prev);
  arena.store(prev + LIST_NEXT, entry);
  arena.store(next + LIST_PREV, entry);
}
