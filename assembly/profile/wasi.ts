// Functions of wasi_snapshot_preview1. Each returns its error, 0 on success.

export declare function environ_sizes_get(count: u32, bytes: u32): u32;
export declare function environ_get(pointers: u32, bytes: u32): u32;
export declare function fd_prestat_get(fd: u32, prestat: u32): u32;
export declare function fd_prestat_dir_name(fd: u32, name: u32, bytes: u32): u32;
export declare function path_open(
  directory: u32,
  lookup: u32,
  path: u32,
  bytes: u32,
  how: u32,
  rights: u64,
  inherited: u64,
  flags: u32,
  fd: u32,
): u32;
export declare function fd_write(fd: u32, vectors: u32, count: u32, written: u32): u32;
export declare function fd_close(fd: u32): u32;
export declare function random_get(buffer: u32, bytes: u32): u32;
