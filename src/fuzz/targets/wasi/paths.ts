/** WASI functions on paths and sockets. There is one file, and everything is read-only. */

import type { GuestMemory, Pointer } from "../guest_memory.ts";
import { ERRNO, OFLAGS } from "./constants.ts";
import { writeFilestat } from "./descriptors.ts";
import { INPUT_FILE } from "./files.ts";
import type { WasiState } from "./state.ts";

/** @param memory returns the program's memory */
export function pathFunctions(state: WasiState, memory: () => GuestMemory): Record<string, unknown> {
  const readOnly = (): number => ERRNO.ROFS;
  const unsupported = (): number => ERRNO.NOTSUP;
  return {
    path_open: (
      fd: number,
      _lookup: number,
      path: Pointer,
      length: number,
      oflags: number,
      _rights: bigint,
      _inheriting: bigint,
      flags: number,
      out: Pointer,
    ) => {
      const errno = checkOpen(state, fd, oflags, resolve(memory().text(path, length)));
      if (errno !== ERRNO.SUCCESS) return errno;
      const opened = state.files.open(kindOf(resolve(memory().text(path, length))) ?? "input");
      const file = state.files.get(opened);
      if (file) file.flags = flags;
      memory().setU32(out, opened);
      return ERRNO.SUCCESS;
    },
    path_filestat_get: (fd: number, _flags: number, path: Pointer, length: number, out: Pointer) => {
      if (state.files.get(fd >>> 0)?.kind !== "directory") return ERRNO.BADF;
      const kind = kindOf(resolve(memory().text(path, length)));
      if (kind === undefined) return ERRNO.NOENT;
      return writeFilestat(memory(), { kind, position: 0, flags: 0 }, kind === "input" ? state.input.length : 0, out);
    },
    path_readlink: () => ERRNO.INVAL,
    path_create_directory: readOnly,
    path_filestat_set_times: readOnly,
    path_link: readOnly,
    path_remove_directory: readOnly,
    path_rename: readOnly,
    path_symlink: readOnly,
    path_unlink_file: readOnly,
    sock_accept: unsupported,
    sock_recv: unsupported,
    sock_send: unsupported,
    sock_shutdown: unsupported,
  };
}

/** Normalises a path inside the directory: resolves `.` and `..`, and drops empty parts. */
function resolve(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function kindOf(path: string): "directory" | "input" | undefined {
  if (path === "") return "directory";
  return path === INPUT_FILE ? "input" : undefined;
}

function checkOpen(state: WasiState, fd: number, oflags: number, path: string): number {
  const base = state.files.get(fd >>> 0);
  if (!base) return ERRNO.BADF;
  if (base.kind !== "directory") return ERRNO.NOTDIR;
  const kind = kindOf(path);
  if (kind === undefined) return oflags & OFLAGS.CREAT ? ERRNO.ROFS : ERRNO.NOENT;
  if (oflags & OFLAGS.CREAT && oflags & OFLAGS.EXCL) return ERRNO.EXIST;
  if (oflags & OFLAGS.TRUNC) return ERRNO.ROFS;
  if (oflags & OFLAGS.DIRECTORY && kind !== "directory") return ERRNO.NOTDIR;
  return ERRNO.SUCCESS;
}
