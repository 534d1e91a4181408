/**
 * Layout of the device's shared memory: one source for TypeScript and AssemblyScript.
 *
 *       0        HEADER     magic, version, lock, counters, list heads          one page
 *       4096     JOURNAL    undo log of the transaction in progress             64 KiB
 *       69632    FDS        fd → descriptor                                     64 KiB
 *       135168   THREADS    a slot for every thread: its tasks' CPU             16 KiB
 *       151552   CELLS      the first 64 cells                                  one page
 *       155648   HEAP       areas and further cells, in runs of 4096-byte pages
 *
 * All numbers are little-endian. An address is a byte offset in this memory, u32; 0 stands for no address. Every
 * structure of the device is a *cell* of 64 bytes; cells on a list begin with `next` and `prev`, as the kernel's
 * `struct list_head`. Integer literals only. Changing any number here requires a new LAYOUT_VERSION.
 */

/** "kcov" in ASCII. */
export const LAYOUT_MAGIC = 0x766f636b;
export const LAYOUT_VERSION = 5;

export const WASM_PAGE_BYTES = 65536;
/** The kernel's page size: areas are multiples of it, and aligned to it. */
export const PAGE_BYTES = 4096;
/** `sizeof(unsigned long)` of the 64-bit kernel that this runtime imitates. */
export const WORD_BYTES = 8;

export const JOURNAL_ADDRESS = 4096;
/** Entries of 8 bytes: address, old value. A REMOTE_ENABLE of 257 handles that fails on the last needs about 6,000. */
export const JOURNAL_ENTRIES = 8192;
export const FDS_ADDRESS = 69632;
/** All fds are below this, like RLIMIT_NOFILE. */
export const FDS_MAX = 16384;
/** The lowest fd that `open` returns: 0–2 are the standard streams of the process that this device serves. */
export const FDS_FIRST = 3;
export const THREADS_ADDRESS = 135168;
export const THREADS_MAX = 256;
export const THREAD_BYTES = 64;
export const CELLS_ADDRESS = 151552;
export const CELL_BYTES = 64;
export const HEAP_ADDRESS = 155648;

// Header.
export const HEADER_MAGIC = 0;
export const HEADER_VERSION = 4;
/** FLAG_* bits, fixed at creation. */
export const HEADER_FLAGS = 8;
/** The device lock: id of the thread that holds it, with LOCK_CONTENDED if others wait; 0 when free. */
export const HEADER_LOCK = 12;
/** Number of entries in the journal; 0 outside of a transaction. */
export const HEADER_JOURNAL_LENGTH = 16;
export const HEADER_NEXT_TASK = 20;
export const HEADER_NEXT_KCOV = 24;
/** Bytes that one area may take, after rounding up to pages; u32, saturated. */
export const HEADER_AREA_LIMIT = 28;
/** Load base that the hooks subtract; u64. */
export const HEADER_SLIDE = 32;
/** End of the heap: the address after the last run. */
export const HEADER_BREAK = 40;
/** The highest value that the break ever had. Memory from here on was never written: it is zero. */
export const HEADER_HIGH_WATER = 44;
/** First free cell, linked through `next`. */
export const HEADER_FREE_CELL = 48;
export const HEADER_FREE_CELL_COUNT = 52;
/** Number of warnings so far. Atomic. */
export const HEADER_WARNINGS = 56;
/** Bits of the WARN_ONCE warnings that were given. */
export const HEADER_WARNED_ONCE = 60;
/** No fd from FDS_FIRST up to here is free. */
export const HEADER_FD_HINT = 64;
/** One more than the highest fd that was ever open. */
export const HEADER_FD_END = 68;
/** Numbers of live allocations, as in `inspect().alloc`. */
export const HEADER_DESCRIPTORS = 72;
export const HEADER_AREAS = 76;
export const HEADER_REMOTE_AREAS = 80;
export const HEADER_REMOTES = 84;
/** Serial number of the next mapping. */
export const HEADER_NEXT_VMA = 88;
/** Size in bytes to which the memory can grow. */
export const HEADER_MAX_BYTES = 92;
// List heads: next, prev.
/** Descriptors in order of opening. */
export const HEADER_KCOVS = 96;
/** Tasks in order of creation. */
export const HEADER_TASKS = 104;
/** Free remote areas, last freed first. */
export const HEADER_FREE_AREAS = 112;
/** Mappings. */
export const HEADER_VMAS = 120;
/** Runs of pages in order of address; they tile the heap. */
export const HEADER_RUNS = 128;
/** The next thread id. Atomic: an attaching thread takes its id before it can take the lock, which names it. */
export const HEADER_NEXT_THREAD = 136;
/** The kernel whose rules apply: its index in ABIS (src/kcov/rules.ts). */
export const HEADER_ABI = 140;
/** Length in words of a thread's area for sections in soft interrupts. */
export const HEADER_IRQ_AREA_WORDS = 144;
/** Proposal: number of guards that have been numbered. Atomic. */
export const HEADER_NEXT_GUARD = 148;
/** Hash table of remote handles: REMOTE_BUCKETS list heads. */
export const HEADER_REMOTE_HASH = 512;
export const REMOTE_BUCKETS = 64;

/** u64, always 0: the count that hooks see while nothing is traced. */
export const HEADER_NO_COUNT = 4088;

export const FLAG_COMPARISONS = 1;
/** Proposals. */
export const FLAG_PC_EXT = 2;
export const FLAG_UNIQUE = 4;
/** Bit of the lock word: somebody waits. */
export const LOCK_CONTENDED = 0x80000000;

// Every cell on a list.
export const LIST_NEXT = 0;
export const LIST_PREV = 4;

// struct kcov: a descriptor.
export const KCOV_ID = 8;
export const KCOV_MODE = 12;
export const KCOV_SIZE = 16;
/** Run that holds the area; 0: no area. */
export const KCOV_AREA = 20;
/** Task that enabled it. */
export const KCOV_TASK = 24;
export const KCOV_REMOTE = 28;
export const KCOV_REMOTE_SIZE = 32;
export const KCOV_SEQUENCE = 36;
export const KCOV_REFCOUNT = 40;
/** Number of open fds of this description. */
export const KCOV_FILES = 44;
/** 1: the task that enabled it holds a reference. */
export const KCOV_OWNED = 48;
/** Proposal: length in words of the bitmap at the head of the area, in mode UNIQUE_PC. */
export const KCOV_BITMAP = 52;

// The kcov fields of struct task_struct.
export const TASK_ID = 8;
export const TASK_MODE = 12;
export const TASK_SIZE = 16;
/** Byte address of the area's word 0. */
export const TASK_AREA = 20;
export const TASK_KCOV = 24;
export const TASK_SEQUENCE = 28;
/** u64. */
export const TASK_HANDLE = 32;
/** The remote area (cell) of the section that the task is in; 0: in none. */
export const TASK_REMOTE_AREA = 40;
/** Thread on which it is the current task; 0: it is not current anywhere. */
export const TASK_THREAD = 44;
/** 1: a thread began with it. */
export const TASK_ROOT = 48;
/** Thread that ran it last or, if it never ran, created it: if that thread is killed, the task ends with it. */
export const TASK_HOME = 52;
/** v5.8. 1: it is in a section that began in a soft interrupt. */
export const TASK_SOFTIRQ = 56;
/** v7.2: the descriptor that it has enabled remotely; 0: none. */
export const TASK_REMOTE_KCOV = 60;

// A thread, which is also a CPU. Ids are assigned in ascending order and never reused; slots are reused.
/** Atomic. 0: the slot is free. */
export const THREAD_ID = 0;
/** Atomic. The task that it began with; with THREAD_CLAIMS, the one that it wants to begin with; 0: not known yet. */
export const THREAD_ROOT = 4;
export const THREAD_CLAIMS = 0x80000000;
/** Id of the first thread of the same JavaScript thread: these die together. */
export const THREAD_AGENT = 8;
/** Run that holds the area for sections in soft interrupts; 0: not allocated yet. */
export const THREAD_IRQ_AREA = 12;
/** The interrupted task's fields; mode 0: nothing is saved. */
export const THREAD_SAVED_MODE = 16;
export const THREAD_SAVED_SIZE = 20;
export const THREAD_SAVED_AREA = 24;
export const THREAD_SAVED_KCOV = 28;
export const THREAD_SAVED_SEQUENCE = 32;
export const THREAD_SAVED_REMOTE_AREA = 36;

// struct kcov_remote: a registered handle.
/** u64. */
export const REMOTE_HANDLE = 8;
export const REMOTE_KCOV = 16;

// struct kcov_remote_area: a section's private area, in use or free.
export const REMOTE_AREA_RUN = 8;
export const REMOTE_AREA_SIZE = 12;

// A vma, which is what a thread holds: a mapping, or memory of an instance or of the thread itself.
export const VMA_ID = 8;
export const VMA_RUN = 12;
/** Thread that holds it. */
export const VMA_THREAD = 16;

// A run of pages, which is either free or one allocation.
export const RUN_ADDRESS = 8;
export const RUN_PAGES = 12;
/** Number of holders: the descriptor or section, and each mapping; 0: free. */
export const RUN_PINS = 16;

// A comparison record, with offsets from the word before it (word 0 for the first): the hooks address it that way.
export const CMP_RECORD_TYPE = 8;
export const CMP_RECORD_ARG1 = 16;
export const CMP_RECORD_ARG2 = 24;
export const CMP_RECORD_PC = 32;
/** log2 of a record's size in bytes. */
export const CMP_RECORD_SHIFT = 5;
/** Number of words that the count takes. */
export const COUNT_WORDS = 1;

/** Size in bytes of an entry of a folded trace: the record, and how often it occurred. */
export const FOLD_PC_BYTES = 16;
export const FOLD_COMPARISON_BYTES = 40;

// A switch's table of cases.
export const SWITCH_COUNT = 0;
export const SWITCH_BITS = 8;
export const SWITCH_CASES = 16;
