import { ShortLivedCache } from './short-lived-cache';
import type { Role, RoleDirectory } from '../../iam/role-directory';
import type { ObjectAccessOptions } from '../object-access';
import { NoAccess, ObjectAccess } from '../object-access';
import type { ObjectFacts, ObjectStore } from '../object-store';
import type { S3Location } from '../requests';
import type { StreamStore } from '../store';
import type { StreamFileRecord, StreamRecord, StreamSource } from '../stream';
import { ObjectUnreadable } from '../stream';

export interface StoreSourceOptions extends ObjectAccessOptions {
  readonly store: StreamStore;
  /** The time for which roles and objects are cached, because a download reads them hundreds of times a second. */
  readonly freshMilliseconds: number;
  readonly now: () => number;
}

/** The streams of the control plane, read with the current permissions of their roles. */
export class StoreSource implements StreamSource {
  private readonly access: ObjectAccess;
  private readonly objects: ObjectStore;

  constructor(private readonly options: StoreSourceOptions) {
    this.objects = new RememberedObjects(options.objects, options);
    this.access = new ObjectAccess({ ...options, roles: new RememberedRoles(options.roles, options), objects: this.objects });
  }

  find(streamId: string): StreamRecord | undefined {
    return this.options.store.find(streamId);
  }

  async read(stream: StreamRecord, file: StreamFileRecord, start: number, end: number): Promise<Uint8Array> {
    const location: S3Location = { bucket: file.bucket, key: file.key, ...(file.version === undefined ? {} : { version: file.version }) };
    const facts = await this.look(stream, location);
    if (facts.eTag !== file.eTag) {
      throw new ObjectUnreadable('ETagMismatch', `object s3://${file.bucket}/${file.key} is not the one that the stream was given`);
    }
    return this.objects.read(location, facts, start, Math.min(end, file.size));
  }

  private async look(stream: StreamRecord, location: S3Location): Promise<ObjectFacts> {
    try {
      return await this.access.head(await this.access.assume(stream.roleArn, stream.streamArn), location);
    } catch (error) {
      if (!(error instanceof NoAccess)) throw error;
      throw new ObjectUnreadable(error.reason === 'NoObject' ? 'ResourceNotFound' : 'Unauthorized', error.message);
    }
  }
}

type MemoryOptions = Pick<StoreSourceOptions, 'freshMilliseconds' | 'now'>;

class RememberedRoles implements RoleDirectory {
  private readonly memory: ShortLivedCache<Role | undefined>;

  constructor(private readonly roles: RoleDirectory, { freshMilliseconds, now }: MemoryOptions) {
    this.memory = new ShortLivedCache(freshMilliseconds, now);
  }

  find(roleArn: string): Promise<Role | undefined> {
    return this.memory.get(roleArn, () => this.roles.find(roleArn));
  }
}

class RememberedObjects implements ObjectStore {
  private readonly facts: ShortLivedCache<ObjectFacts | undefined>;
  private readonly policies: ShortLivedCache<string | undefined>;

  constructor(private readonly objects: ObjectStore, { freshMilliseconds, now }: MemoryOptions) {
    this.facts = new ShortLivedCache(freshMilliseconds, now);
    this.policies = new ShortLivedCache(freshMilliseconds, now);
  }

  head(location: S3Location): Promise<ObjectFacts | undefined> {
    return this.facts.get(JSON.stringify([location.bucket, location.key, location.version]), () => this.objects.head(location));
  }

  read(location: S3Location, facts: ObjectFacts, start: number, end: number): Promise<Uint8Array> {
    return this.objects.read(location, facts, start, end);
  }

  bucketPolicy(bucket: string): Promise<string | undefined> {
    return this.policies.get(bucket, () => this.objects.bucketPolicy(bucket));
  }
}
