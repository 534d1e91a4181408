/** System V shared memory, through which AFL++ passes everything but its status words. */

import { type Address, type Koffi, loadLibc } from "./koffi.ts";

/** A segment attached to this process's address space. It stays attached until the process exits. */
export interface Segment {
  readonly id: number;
  readonly address: Address;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const IPC_PRIVATE = 0;
const IPC_CREAT = 0o1000;
const IPC_RMID = 0;
const IPC_STAT = 2;
const MODE = 0o600;
const MREMAP_MAYMOVE = 1;
const MREMAP_FIXED = 2;
const PROT_READ = 1;
const PROT_WRITE = 2;
/** Linux's flags; mremap is Linux-only, too: elsewhere nothing is overlaid. */
const MAP_PRIVATE_FIXED_ANONYMOUS = 0x02 | 0x10 | 0x20;
/** Offset of `shm_segsz` in `struct shmid_ds`: the size of `struct ipc_perm`, with its padding. */
const SEGMENT_SIZE_OFFSET = 48;
const SHMID_DS_BYTES = 256;

/** The page size in which mappings are moved. Larger page sizes of a machine are multiples of it. */
export const HOST_PAGE_BYTES = 4096;

export class SharedMemory {
  readonly #koffi: Koffi;
  readonly #shmget: (key: number, bytes: number, flags: number) => number;
  readonly #shmat: (id: number, address: number, flags: number) => Address;
  readonly #shmctl: (id: number, command: number, buffer: Uint8Array | null) => number;
  readonly #mmap: (
    at: Address,
    bytes: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ) => Address;
  readonly #mremap: ((from: Address, old: number, size: number, flags: number, to: Address) => Address) | undefined;

  constructor(koffi: Koffi) {
    const libc = loadLibc(koffi);
    this.#koffi = koffi;
    this.#shmget = libc.func("int shmget(int, size_t, int)") as never;
    this.#shmat = libc.func("intptr_t shmat(int, intptr_t, int)") as never;
    this.#shmctl = libc.func("int shmctl(int, int, void *)") as never;
    this.#mmap = libc.func("intptr_t mmap(intptr_t, size_t, int, int, int, intptr_t)") as never;
    this.#mremap =
      process.platform === "linux"
        ? (libc.func("intptr_t mremap(intptr_t, size_t, size_t, int, intptr_t)") as never)
        : undefined;
  }

  /** Creates a segment that is deleted with the last process attached to it. @throws {Error} the system refuses */
  create(bytes: number): Segment {
    const id = this.#shmget(IPC_PRIVATE, bytes, IPC_CREAT | MODE);
    if (id < 0) throw new Error(`no shared memory segment of ${bytes} bytes can be made (see ipcs -m)`);
    const segment = this.attach(id, bytes);
    // Linux lets processes attach to a segment that is marked for deletion, as long as one still is attached.
    this.#shmctl(id, IPC_RMID, null);
    return segment;
  }

  /** Attaches to a segment. @param bytes its size; by default queried @throws {Error} there is no such segment */
  attach(id: number, bytes: number = this.sizeOf(id)): Segment {
    const address = BigInt(this.#shmat(id, 0, 0));
    if (address === -1n) throw new Error(`there is no shared memory segment ${id}`);
    return { id, address, bytes: new Uint8Array(this.#koffi.view(address, bytes)) };
  }

  /** Size of a segment in bytes. @throws {Error} there is no such segment */
  sizeOf(id: number): number {
    const info = new Uint8Array(SHMID_DS_BYTES);
    if (this.#shmctl(id, IPC_STAT, info) !== 0) throw new Error(`there is no shared memory segment ${id}`);
    return Number(new DataView(info.buffer).getBigUint64(SEGMENT_SIZE_OFFSET, true));
  }

  /**
   * Replaces a typed array's pages by pages of a segment, so that stores to the array go to the segment.
   *
   * @param target starts at a page boundary; its last page is replaced as a whole
   * @returns false if that is not possible: then copy
   */
  overlay(id: number, offset: number, target: Uint8Array<ArrayBufferLike>): boolean {
    const address = this.#koffi.address(target);
    const bytes = Math.ceil(target.length / HOST_PAGE_BYTES) * HOST_PAGE_BYTES;
    if (this.#mremap === undefined || address % BigInt(HOST_PAGE_BYTES) !== 0n || offset % HOST_PAGE_BYTES !== 0)
      return false;
    const mapped = BigInt(this.#shmat(id, 0, 0));
    if (mapped === -1n) return false;
    const from = mapped + BigInt(offset);
    // The rest of this mapping stays where it is: that takes address space, but no memory.
    return BigInt(this.#mremap(from, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, address)) === address;
  }

  /** Gives an overlaid array its own pages again, with the current contents. */
  release(target: Uint8Array<ArrayBufferLike>): void {
    const bytes = Math.ceil(target.length / HOST_PAGE_BYTES) * HOST_PAGE_BYTES;
    const whole = new Uint8Array(target.buffer, target.byteOffset, bytes);
    const contents = whole.slice();
    this.#mmap(this.#koffi.address(target), bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE_FIXED_ANONYMOUS, -1, 0);
    whole.set(contents);
  }
}
