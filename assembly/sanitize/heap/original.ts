// The program's own allocator.

/** @returns 0 if there is no memory */
export declare function allocate(bytes: u32): u32;

/** The program's realloc, for a block that only its own allocator knows: of `old` bytes, which Rust says. */
export declare function resize(block: u32, old: u32, alignment: u32, bytes: u32): u32;

/** The same for malloc_usable_size. */
export declare function sizeOf(block: u32): u32;

/** Frees what `allocate(bytes)` returned. */
export declare function release(block: u32, bytes: u32): void;
