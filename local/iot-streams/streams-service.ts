import type { ControlPlane } from './control-plane/control-plane';
import { startControlPlane } from './control-plane/control-plane';
import type { StreamsFaults } from './control-plane/faults';
import { noFaults } from './control-plane/faults';
import { StoreSource } from './data-plane/stream-source';
import { ObjectAccess } from './object-access';
import type { ObjectStore } from './object-store';
import type { StoredStream } from './store';
import { StreamStore } from './store';
import type { StreamFileRecord } from './stream';
import type { Gateway } from '../aws-proxy/gateway';
import type { SessionDirectory } from '../aws-proxy/sessions';
import type { RoleDirectory } from '../iam/role-directory';

/** The settings of the service; the defaults are the documented values. */
export interface ServiceSettings {
  /** @default a free port */
  readonly port?: number;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** @default '000000000000', the account of the local AWS */
  readonly account?: string;
  /** @default 'aws' */
  readonly partition?: string;
  /** @default 1 */
  readonly firstVersion?: 0 | 1;
  /** In bytes. @default 24 MiB */
  readonly maxFileSize?: number;
  /** The page size of ListStreams if the caller gives none. @default 25 */
  readonly defaultPageSize?: number;
  /** @default 'test' */
  readonly rootAccessKeyIds?: readonly string[];
  /** The time for which a download caches roles and objects. @default 250 */
  readonly freshMilliseconds?: number;
  /** In milliseconds since 1970. */
  readonly now?: () => number;
}

/** The dependencies of the service. */
export interface ServiceDependencies {
  readonly roles: RoleDirectory;
  readonly objects: ObjectStore;
  readonly sessions: SessionDirectory;
  /** Handles every other call of AWS IoT. */
  readonly gateway?: Gateway;
  /** The `host:port` that DescribeEndpoint returns. @default the answer of the gateway */
  readonly dataEndpoint?: string;
  /** The `host:port` that DescribeEndpoint returns for the credentials provider. @default the answer of the gateway */
  readonly credentialsEndpoint?: string;
}

/** A pre-existing stream of another owner, inserted without an authorization check. */
export interface ForeignStream {
  readonly streamId: string;
  readonly description?: string;
  /** @default a role that does not exist */
  readonly roleArn?: string;
  readonly files?: readonly StreamFileRecord[];
  readonly tags?: Readonly<Record<string, string>>;
}

export interface StreamsControl extends ControlPlane {
  readonly faults: StreamsFaults;
  readonly store: StreamStore;
  /** The source of the data plane. */
  readonly source: StoreSource;
  seed(stream: ForeignStream): StoredStream;
}

/** Starts the control plane with its dependencies. */
export async function startStreamsControl(surroundings: ServiceDependencies, settings: ServiceSettings = {}): Promise<StreamsControl> {
  const place = { partition: settings.partition ?? 'aws', region: settings.region ?? 'us-east-1', account: settings.account ?? '000000000000' };
  const now = settings.now ?? Date.now;
  const store = new StreamStore({ ...place, firstVersion: settings.firstVersion ?? 1, now });
  const faults = noFaults();
  const controlPlane = await startControlPlane({
    ...surroundings,
    ...(settings.port === undefined ? {} : { port: settings.port }),
    region: place.region,
    rootAccessKeyIds: settings.rootAccessKeyIds ?? ['test'],
    access: new ObjectAccess({ ...place, ...surroundings }),
    store,
    faults,
    maxFileSize: settings.maxFileSize ?? 24 * 1024 * 1024,
    defaultPageSize: settings.defaultPageSize ?? 25,
    now,
  });
  const source = new StoreSource({ ...place, ...surroundings, store, freshMilliseconds: settings.freshMilliseconds ?? 250, now });
  return { ...controlPlane, faults, store, source, seed: (stream) => seed(store, stream, `arn:${place.partition}:iam::${place.account}:role/Foreign`) };
}

function seed(store: StreamStore, { streamId, description, roleArn, files, tags }: ForeignStream, foreignRoleArn: string): StoredStream {
  return store.create(
    streamId,
    { ...(description === undefined ? {} : { description }), roleArn: roleArn ?? foreignRoleArn, files: files ?? [] },
    Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
  );
}
