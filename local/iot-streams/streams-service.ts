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

/** How the service is to be; every number is the documented one unless it is given. */
export interface ServiceSettings {
  /** Default: a free one. */
  readonly port?: number;
  /** Default: `us-east-1`. */
  readonly region?: string;
  /** Default: `000000000000`, the local AWS's. */
  readonly account?: string;
  /** Default: `aws`. */
  readonly partition?: string;
  /** Default: 1. */
  readonly firstVersion?: 0 | 1;
  /** In bytes; default: 24 MiB. */
  readonly maxFileSize?: number;
  /** Of ListStreams where the caller names none; default: 25. */
  readonly defaultPageSize?: number;
  /** Default: `test`. */
  readonly rootAccessKeyIds?: readonly string[];
  /** How long a download may take roles and objects for what they were; default: 250. */
  readonly freshMilliseconds?: number;
  /** Milliseconds of the epoch. */
  readonly now?: () => number;
}

/** What the service needs of its surroundings. */
export interface ServiceDependencies {
  readonly roles: RoleDirectory;
  readonly objects: ObjectStore;
  readonly sessions: SessionDirectory;
  /** Takes every other call of AWS IoT. */
  readonly gateway?: Gateway;
  /** What DescribeEndpoint answers; default: what the gateway answers. */
  readonly dataEndpoint?: string;
  /** What DescribeEndpoint answers for the credentials provider; default: what the gateway answers. */
  readonly credentialsEndpoint?: string;
}

/** A stream of somebody else: it is there without anybody having been asked whether it may be. */
export interface ForeignStream {
  readonly streamId: string;
  readonly description?: string;
  /** Default: one that does not exist. */
  readonly roleArn?: string;
  readonly files?: readonly StreamFileRecord[];
  readonly tags?: Readonly<Record<string, string>>;
}

export interface StreamsControl extends ControlPlane {
  readonly faults: StreamsFaults;
  readonly store: StreamStore;
  /** What the data plane reads. */
  readonly source: StoreSource;
  seed(stream: ForeignStream): StoredStream;
}

/** Puts the control plane together with what it stands on. */
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
