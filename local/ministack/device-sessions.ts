import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './errors';
import type { RoleSession, SessionDirectory } from '../aws-proxy/sessions';

/** The sessions that the credentials provider has given to devices. */
export class DeviceSessions implements SessionDirectory {
  constructor(private readonly directory: string) {}

  async sessionOf(accessKeyId: string): Promise<RoleSession | undefined> {
    // it comes from whoever calls, and becomes the name of a file
    if (!/^[A-Z0-9]+$/.test(accessKeyId)) return undefined;
    try {
      const session = JSON.parse(await readFile(join(this.directory, `${accessKeyId}.json`), 'utf8')) as RoleSession & { expiration: string };
      return { ...session, expiration: new Date(session.expiration) };
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }
}
