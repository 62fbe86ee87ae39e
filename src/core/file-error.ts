const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'which does not exist',
  ELOOP: 'which is a loop of symbolic links',
  ENOTDIR: 'which leads through a file as if it were a directory',
  EACCES: 'which this user may not read',
  EPERM: 'which this user may not read',
  EISDIR: 'which is a directory',
  ENAMETOOLONG: 'which is longer than the file system allows',
  EMFILE: 'which cannot be opened: the process has too many open files',
  ERR_INVALID_ARG_VALUE: 'which has a null character',
  ENOMEM: 'which is larger than the memory',
  ERR_FS_FILE_TOO_LARGE: 'which is larger than Node.js can read',
  ERR_MEMORY_ALLOCATION_FAILED: 'which is larger than the memory',
};

/** Reads from a path of the user's; an error names the property, the path and the reason. */
export function readPath<T>(property: string, path: string, read: (path: string) => T): T {
  try {
    return read(path);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new Error(`'${property}' must name a file, got: '${path}', ${REASONS[code] ?? `which cannot be read: ${message}`}`);
  }
}
