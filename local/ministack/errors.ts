/*
 * Errors of Node.js by what they carry: under Jest they are not instances of the `Error` that a test file knows.
 */

/** Such as 'ENOENT'. */
export function codeOf(error: unknown): unknown {
  return propertyOf(error, 'code');
}

export function messageOf(error: unknown): string {
  return String(propertyOf(error, 'message') ?? error);
}

/** What a program that failed wrote to its standard error. */
export function complaintOf(error: unknown): string {
  return String(propertyOf(error, 'stderr') ?? messageOf(error)).trim();
}

function propertyOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}
