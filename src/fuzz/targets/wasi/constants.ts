/** Constants of `wasi_snapshot_preview1` that the stub needs. */

export const ERRNO = {
  SUCCESS: 0,
  BADF: 8,
  EXIST: 20,
  FAULT: 21,
  INVAL: 28,
  ISDIR: 31,
  NOENT: 44,
  NOTDIR: 54,
  NOTSUP: 58,
  ROFS: 69,
  SPIPE: 70,
} as const;

export const FILETYPE = { CHARACTER_DEVICE: 2, DIRECTORY: 3, REGULAR_FILE: 4 } as const;

export const OFLAGS = { CREAT: 1, DIRECTORY: 2, EXCL: 4, TRUNC: 8 } as const;
export const WHENCE = { SET: 0, CUR: 1, END: 2 } as const;
/** All rights: whether a descriptor permits an operation is decided when it is used. */
export const ALL_RIGHTS = 0x1fff_ffffn;
export const EVENTTYPE_CLOCK = 0;
