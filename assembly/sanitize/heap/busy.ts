/** Nonzero while the program's allocator runs, which may access anything. */
let depth: i32 = 0;

export function enterAllocator(): void {
  depth++;
}

export function leaveAllocator(): void {
  depth--;
}

export function isInAllocator(): bool {
  return depth != 0;
}
