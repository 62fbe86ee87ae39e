import { createHash } from 'node:crypto';

/** The SHA-256 of a content, in 64 hexadecimal digits. */
export function sha256Of(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Eight digits that stand in a logical id for what makes a resource another one. */
export function shortHashOf(identity: string): string {
  return sha256Of(identity).slice(0, 8);
}
