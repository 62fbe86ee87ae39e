import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { ResourceDefinition, Template } from './cloudformation/template';
import type * as Library from '../../src';

/*
 * Stacks as data, and the templates that the real construct makes of them. Synthesis is slow, so each stream is synthesised
 * once, and the template of a stack is put together from its streams.
 */

export const STACK_NAME = 'Shop';
export const CONSTRUCTS = ['Firmware', 'Config'] as const;
export type ConstructId = typeof CONSTRUCTS[number];

/** By construct id. */
export type StackSpec = { readonly [Id in ConstructId]?: StreamSpec };

export interface StreamSpec {
  readonly files: FileSet;
  readonly streamId: 'own' | 'common';
  readonly bucket: 'default' | 'first' | 'second';
  readonly keyPrefix: '' | 'iot/';
  readonly role: 'made' | 'brought';
  readonly strategy: 'IN_PLACE' | 'NEW_STREAM';
  readonly label: 'none' | 'described' | 'tagged';
  /** Which files are signed: all with one key or with another, or the first alone. */
  readonly signing: 'none' | 'one' | 'other' | 'first';
  readonly retain: boolean;
}

/** One letter for each file; `FILES` says what it stands for. */
export type FileSet = 'a' | 'b' | 'aa' | 'at' | 'tu' | 'abt' | 'v' | 'w' | 'pt' | 'vb' | 'vt';

export const FILE_SETS: readonly FileSet[] = ['a', 'b', 'aa', 'at', 'tu', 'abt', 'v', 'w', 'pt', 'vb', 'vt'];

export type FileKind =
  | { readonly kind: 'asset'; readonly content: string }
  | { readonly kind: 'text'; readonly content: string }
  | { readonly kind: 'object'; readonly revision?: string; readonly isPinned?: boolean };

export const FILES: Readonly<Record<string, FileKind>> = {
  a: { kind: 'asset', content: 'firmware one' },
  b: { kind: 'asset', content: 'firmware two' },
  t: { kind: 'text', content: 'text one' },
  u: { kind: 'text', content: 'text two' },
  v: { kind: 'object' },
  w: { kind: 'object', revision: '2' },
  p: { kind: 'object', isPinned: true },
};

/** Buckets that exist before and after every stack. */
export const VENDOR_BUCKET = 'vendor';
export const VENDOR_KEY = 'radio/fw.bin';
export const PINNED_VERSION = 'v1';
export const BUCKETS = { first: 'first-bucket', second: 'second-bucket' };
export const STAGING_BUCKET = 'cdk-hnb659fds-assets-111122223333-eu-west-1';
/** The id that another stack may have taken. */
export const COMMON_STREAM_ID = 'common';

/** Keys that sign; they exist before and after every stack. */
const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-4333-8444-555555555555';
const OTHER_KEY = 'arn:aws:kms:eu-west-1:111122223333:key/66666666-7777-4888-8999-000000000000';

/** The ARN of the key that signs the file at a position; undefined for a file that is not signed. */
export function signingKeyArn({ signing }: StreamSpec, position: number): string | undefined {
  return { none: undefined, one: KEY, other: OTHER_KEY, first: position === 0 ? KEY : undefined }[signing];
}

/** Resources that fail where a history says so: one that nothing depends on, one that needs the streams. */
export const FIRST = 'First';
export const LAST = 'Last';

export class Templates {
  private readonly parts = new Map<string, Part>();
  private readonly directory = mkdtempSync(join(tmpdir(), 'cdk-iot-streams-simulation-'));

  /** `cache` is a folder for the templates that this version of the library makes. */
  constructor(private readonly constructs: typeof Library, private readonly cache: string) {
    mkdirSync(cache, { recursive: true });
  }

  /** Returns the template of a stack; `nonce` differs from deployment to deployment. */
  of(spec: StackSpec, nonce: number): Template {
    const parts = CONSTRUCTS.flatMap((id) => spec[id] ? [this.part(id, spec[id])] : []);
    const resources: Record<string, ResourceDefinition> = {};
    for (const part of parts) {
      for (const [logicalId, definition] of Object.entries(part.template.Resources)) {
        // all streams share the default bucket: if one of them keeps it, it is kept
        if (!(logicalId in resources) || isKept(definition)) resources[logicalId] = definition;
      }
    }
    resources[FIRST] = { Type: 'Test::Resource', Properties: { Nonce: nonce } };
    resources[LAST] = {
      Type: 'Test::Resource',
      Properties: { Nonce: nonce, Attributes: parts.flatMap(({ logicalId, attributes }) => attributes.map((name) => ({ 'Fn::GetAtt': [logicalId, name] }))) },
    };
    return { Resources: resources };
  }

  /** The template of a stream alone, and the names in it. */
  stream(id: ConstructId, spec: StreamSpec): Part {
    return this.part(id, spec);
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true });
  }

  private part(id: ConstructId, spec: StreamSpec): Part {
    const key = JSON.stringify([id, spec]);
    let part = this.parts.get(key);
    if (!part) {
      part = this.cached(key, () => this.synthesised(id, spec));
      this.parts.set(key, part);
    }
    return part;
  }

  private cached(key: string, make: () => Part): Part {
    const file = join(this.cache, `${createHash('sha256').update(key).digest('hex')}.json`);
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Part;
    const part = make();
    // other processes may be reading: the file appears complete, by its rename
    const whole = join(this.directory, 'part.json');
    writeFileSync(whole, JSON.stringify(part));
    copyFileSync(whole, `${file}.${process.pid}`);
    renameSync(`${file}.${process.pid}`, file);
    return part;
  }

  private synthesised(id: ConstructId, spec: StreamSpec): Part {
    const app = new App({ analyticsReporting: false, treeMetadata: false, builtinCloudFormationValidation: false, outdir: join(this.directory, 'out') });
    const stack = new Stack(app, STACK_NAME);
    addStream(this.constructs, this.directory, stack, id, spec);
    const { Resources } = app.synth().getStackByName(STACK_NAME).template as Template;
    const [logicalId, definition] = Object.entries(Resources).find(([, { Type }]) => Type === 'Custom::IotFileStream')!;
    const { StreamId, Description, AnsweredSignatures = [], AnsweredLocations = [] } = definition.Properties!;
    const attributes = [
      'StreamVersion', ...(AnsweredSignatures as string[]).map((fileId) => `Signature${fileId}`), ...signingKeyArn(spec, 0) === undefined ? [] : ['SignedRevision'],
      ...(AnsweredLocations as string[]).flatMap((fileId) => [`ObjectKey${fileId}`, `ObjectVersion${fileId}`]),
    ];
    return { template: { Resources }, logicalId, streamId: String(StreamId), description: String(Description), attributes };
  }
}

export interface Part {
  readonly template: Template;
  readonly logicalId: string;
  readonly streamId: string;
  readonly description: string;
  /** The attributes that another resource reads. */
  readonly attributes: readonly string[];
}

/** The construct, as an author would write it. */
export function addStream(library: typeof Library, directory: string, stack: Stack, id: ConstructId, spec: StreamSpec): void {
  const vendor = s3.Bucket.fromBucketName(stack, `${id}Vendor`, VENDOR_BUCKET);
  const signing = (position: number) => {
    const keyArn = signingKeyArn(spec, position);
    return keyArn === undefined ? undefined : library.FileSigning.kmsKey(kms.Key.fromKeyArn(stack, `${id}Key${position}`, keyArn));
  };
  // no two files of a stream have one name
  const names = [...spec.files].map((letter, position) => `${position}${letter}`);
  const stream = new library.IotFileStream(stack, id, {
    files: [...spec.files].map((letter, position) => {
      const file = FILES[letter];
      const fileName = names[position];
      if (file.kind === 'text') return library.StreamFile.fromText(fileName, file.content, { signing: signing(position) });
      if (file.kind === 'asset') {
        const path = join(directory, `${letter}.bin`);
        writeFileSync(path, file.content);
        return library.StreamFile.fromAsset(path, { fileName, signing: signing(position) });
      }
      return library.StreamFile.fromBucket(vendor, VENDOR_KEY, {
        fileName, revision: file.revision, objectVersion: file.isPinned ? PINNED_VERSION : undefined, signing: signing(position),
      });
    }),
    streamId: spec.streamId === 'common' ? COMMON_STREAM_ID : undefined,
    bucket: spec.bucket === 'default' ? undefined : s3.Bucket.fromBucketName(stack, `${id}Bucket`, BUCKETS[spec.bucket]),
    keyPrefix: spec.keyPrefix === '' ? undefined : spec.keyPrefix,
    role: spec.role === 'brought' ? new iam.Role(stack, `${id}Role`, { assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') }) : undefined,
    updateStrategy: library.UpdateStrategy[spec.strategy],
    description: spec.label === 'described' ? 'another description' : undefined,
    removalPolicy: spec.retain ? RemovalPolicy.RETAIN : undefined,
  });
  for (const [position, name] of names.entries()) if (signingKeyArn(spec, position) !== undefined) stream.signature(name);
  if (spec.signing === 'first') stream.fileLocation(names[0]);
  if (spec.label === 'tagged') Tags.of(stream).add('team', id);
}

function isKept({ DeletionPolicy }: ResourceDefinition): boolean {
  return DeletionPolicy !== undefined && DeletionPolicy !== 'Delete';
}

