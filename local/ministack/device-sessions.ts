import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './errors';
import type { RoleSession, SessionDirectory } from '../aws-proxy/sessions';

/** The sessions that the credentials provider has created for devices. */
export class DeviceSessions implements SessionDirectory {
  constructor(private readonly directory: string) {}

  async sessionOf(accessKeyId: string): Promise<RoleSession | undefined> {
    // checked, because it is part of a request and used as a file name
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
