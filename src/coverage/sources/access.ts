/** Access to files: sources, maps, separate debug information. Coverage itself does not depend on a file system. */

export interface FileAccess {
  /** @returns undefined if there is no such file, or it cannot be read */
  read(path: string): Uint8Array | undefined;
  isFile(path: string): boolean;
  /** Absolute path of a path that may be relative to a directory. */
  resolve(directory: string, path: string): string;
  /** The working directory of the process. */
  readonly workingDirectory: string;
}

/** No files: only what modules contain is available. */
export const NO_FILES: FileAccess = {
  read: () => undefined,
  isFile: () => false,
  resolve: (directory, path) => (path.startsWith("/") ? path : `${directory}/${path}`),
  workingDirectory: "",
};

/** Directory part of a path. */
export function directoryOf(path: string): string {
  const slash = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return slash < 0 ? "" : path.slice(0, Math.max(slash, 1));
}

/** Converts a location to a path; undefined for URLs other than `file:`. */
export function toPath(location: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]+:/i.test(location) || /^[A-Za-z]:[/\\]/.test(location)) return location;
  if (!location.startsWith("file:")) return undefined;
  try {
    const { pathname } = new URL(location);
    return decodeURIComponent(/^\/[A-Za-z]:/.test(pathname) ? pathname.slice(1) : pathname);
  } catch {
    return undefined;
  }
}
