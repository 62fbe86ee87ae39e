import { createHash } from 'node:crypto';
import type { DesiredFile, DesiredStream, SizedFile } from './model';
import { signatureKey } from './model';
import type { Learn } from './objects';
import { inAnyGeneration, onceVisible } from './objects';
import type { ObjectStore, Services, Signer, StoredVersion } from './services';
import { OBJECT_EXISTS } from './services';
import { SIGNED_REVISION_LENGTH } from '../../src/iot-file-stream/private/contract';
import { codeOf, TransientFailure } from '../core/call';

/*
 * KMS returns a different signature each time, so the first one is stored as an object beside the content. KMS is called only
 * if there is no stored signature, so a disabled key blocks no rollback.
 */

/** The signatures of a stream's signed files, in Base64, by file ID. */
export type Signatures = ReadonlyMap<number, string>;

/** The stored object: a signature, and the SHA-256 that was signed. */
interface SignatureObject {
  readonly Sha256: string;
  readonly Signature: string;
}

export interface Signing {
  /** Signs an object, or reads its stored signature, as soon as its SHA-256 is known. */
  readonly learn: Learn;
  /** Signs the remaining files and returns all signatures. */
  readonly signaturesOf: (pinned: readonly SizedFile[]) => Promise<Signatures>;
}

/** Signs each file of a stream once, as soon as its SHA-256 is known, while other files are copied. */
export function signing(desired: DesiredStream, stored: readonly StoredVersion[], services: Omit<Services, 'streams'>): Signing {
  const begun = new Map<string, Promise<string>>();
  const signed = desired.files.flatMap((file) => {
    const key = signatureKey(file);
    return key === undefined ? [] : [{ file, key }];
  });
  const signatureOf = async ({ file, key }: SignedFile, sha256: string): Promise<string> => {
    const name = `${key} ${sha256}`;
    // files with equal content share one signature
    if (!begun.has(name)) begun.set(name, sign(desired, file, key, sha256, stored, services));
    return begun.get(name)!;
  };
  return {
    learn: async (key, sha256) => {
      await Promise.all(signed.filter(({ file }) => file.key === key).map((each) => signatureOf(each, sha256)));
    },
    signaturesOf: async (pinned) => new Map(await Promise.all(signed.map(async (each) => (
      [each.file.fileId, await signatureOf(each, digestOf(each.file, pinned))] as const)))),
  };
}

interface SignedFile {
  readonly file: DesiredFile;
  readonly key: string;
}

async function sign(
  stream: DesiredStream, file: DesiredFile, key: string, sha256: string,
  stored: readonly StoredVersion[], { objects, signer }: { objects: ObjectStore; signer: Signer },
): Promise<string> {
  const { bucket, encryption } = stream;
  const present = inAnyGeneration(stream, key, stored);
  const own = present.filter((version) => version.key === key);
  const others = present.filter((version) => version.key !== key);
  const kept = await firstOf(own, sha256, objects);
  if (kept !== undefined) return kept;
  const signature = await firstOf(others, sha256, objects) ?? await signer.sign(sha256, file.signing!);
  // these are signatures of other bytes: the object was lost and copied again
  await Promise.all(own.map((version) => objects.remove(version)));
  const text = JSON.stringify({ Sha256: sha256, Signature: signature } satisfies SignatureObject);
  await keepFirst(objects.writeIfAbsent(text, bucket, key, encryption), key);
  return signature;
}

/** Returns the SHA-256 that S3 states for a copy of unknown content. */
function digestOf(file: DesiredFile, pinned: readonly SizedFile[]): string {
  const { sha256, bucket, key } = pinned.find(({ fileId }) => fileId === file.fileId)!;
  if (sha256 === undefined) {
    throw new Error(`file ${file.fileId} cannot be signed: S3 must state the SHA-256 of the whole object 's3://${bucket}/${key}', got: none; `
      + 'take StreamFile.fromAsset, whose SHA-256 is known at synthesis');
  }
  return sha256;
}

/** Returns the first stored signature of these bytes. */
async function firstOf(kept: readonly StoredVersion[], sha256: string, objects: ObjectStore): Promise<string | undefined> {
  for (const version of kept) {
    const { Sha256, Signature } = parse(await onceVisible(objects.read(version)));
    if (Sha256 === sha256 && typeof Signature === 'string') return Signature;
  }
  return undefined;
}

function parse(text: string): Partial<SignatureObject> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** If a concurrent delivery has stored a signature first, fails so that the next attempt reads that signature. */
async function keepFirst(writing: Promise<void>, key: string): Promise<void> {
  try {
    await writing;
  } catch (error) {
    const code = codeOf(error);
    if (!OBJECT_EXISTS.some((name) => name === code)) throw error;
    throw new TransientFailure(`another delivery of this event signed at the same time, and keeps its signature in '${key}': deploy again`, { cause: error });
  }
}

/** Returns a hash of the stream version and the signatures: eight hexadecimal digits. */
export function signedRevision(streamVersion: number, signatures: Signatures): string {
  return createHash('sha256').update(JSON.stringify([streamVersion, [...signatures]])).digest('hex').slice(0, SIGNED_REVISION_LENGTH);
}
