/** How files are read: sources, maps, separate debug information. Coverage itself knows nothing of file systems. */

export interface FileAccess {
  /** @returns undefined where there is no such file, or it cannot be read */
  read(path: string): Uint8Array | undefined;
  isFile(path: string): boolean;
  /** Absolute path of one as seen from a directory. */
  resolve(directory: string, path: string): string;
  /** Directory of the working process. */
  readonly workingDirectory: string;
}

/** There are no files: what modules carry themselves is all there is. */
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

/** A location as a path: `file:` URLs are, others are not. */
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
