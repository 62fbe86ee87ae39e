/*
 * Reads errors of Node.js by their properties, because under Jest they are not instances of the `Error` of a test file.
 */

/** Returns the code of an error, such as 'ENOENT'. */
export function codeOf(error: unknown): unknown {
  return propertyOf(error, 'code');
}

export function messageOf(error: unknown): string {
  return String(propertyOf(error, 'message') ?? error);
}

/** Returns the standard error of a failed program. */
export function complaintOf(error: unknown): string {
  return String(propertyOf(error, 'stderr') ?? messageOf(error)).trim();
}

function propertyOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}
