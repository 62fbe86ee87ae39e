import type { LiveStream, Signing } from '../../../lambda/iot-file-stream/model';
import { SIGNED_REVISION_ATTRIBUTE, signatureAttribute } from '../../../src/iot-file-stream/private/contract';
import type { FileProperties } from '../../../src/iot-file-stream/private/contract';
import { declarationOf, sha256 } from '../../lambda/support/events';
import type { Account } from '../account/account';
import type { Invocation } from '../cloudformation/async-function';
import type { StreamSpec } from '../templates';
import { signingKeyArn } from '../templates';

const DIGEST_LENGTH = 64;

/** What an answer says of a stream. */
export interface Answer {
  readonly logicalId: string;
  readonly spec: StreamSpec;
  readonly live: LiveStream;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Signed {
  /** All that may change a signature, but for its loss. */
  readonly about: string;
  readonly signature: string;
  /** What the paths of objects in the storage location begin with. */
  readonly location: string;
}

/** The promises about signatures, and what has to be remembered to check them. */
export class SignatureChecks {
  /** The last answer, by resource and file ID. */
  private answered = new Map<string, ReadonlyMap<number, Signed>>();
  private readonly revisions = new Map<string, string>();
  /** When a signature was kept, by bucket and key. */
  private readonly keptAt = new Map<string, number>();
  private readonly moved = new Set<Invocation>();

  constructor(private readonly account: Account) {}

  /** After every call that arrived. */
  afterCall(invocation: Invocation | undefined, call: string): void {
    if (!invocation) return;
    if (call.startsWith('keep ')) this.keptAt.set(call.slice('keep '.length), this.account.time.now());
    if (/^(create|update) /.test(call)) this.moved.add(invocation);
    // a storage location that was deleted and is there again has nothing kept
    if (invocation.event.RequestType === 'Delete' && call.startsWith('remove ')) this.forgetLocation(call.slice('remove '.length));
  }

  /** KMS is for what nobody has signed: so a key that was disabled stops no rollback. */
  beforeSigning(invocation: Invocation, digest: string, { keyArn, algorithm }: Signing): void {
    const { event, from } = invocation;
    if (event.RequestType === 'Delete') this.account.journal.fail('a Delete must not sign');
    if (this.moved.has(invocation)) this.account.journal.fail('a stream must change only when its files are signed');
    const { Bucket, Prefix, Files } = event.ResourceProperties as { Bucket: string; Prefix: string; Files: Record<string, FileProperties> };
    const names = Object.values(Files).filter(({ SigningKeyArn }) => SigningKeyArn === keyArn)
      .map((file) => sha256(JSON.stringify([digitsOf(file), keyArn, algorithm])));
    const kept = this.account.world.bucket(Bucket).objects.find(({ key, bytes, isDeleteMarker }) => key.startsWith(Prefix)
      && names.includes(key.slice(-DIGEST_LENGTH)) && !isDeleteMarker && digestIn(bytes.toString()) === digest
      && (this.keptAt.get(`${Bucket}/${key}`) ?? Infinity) < from);
    if (kept) this.account.journal.fail(`what has a kept signature must not be signed again, got: ${kept.key}`);
  }

  /** After an operation that ended well. `isLost` says that somebody took a kept signature away. */
  check({ logicalId, spec, live, attributes }: Answer, isLost: boolean): void {
    const signatures: [number, string][] = [];
    const before = this.answered.get(logicalId);
    // a signature is kept only as long as the old or the new properties name its file
    const answered = new Map<number, Signed>();
    this.answered.set(logicalId, answered);
    for (const { fileId, bucket, key, version } of live.files) {
      const keyArn = signingKeyArn(spec, fileId);
      if (keyArn === undefined) continue;
      const signature = attributes[signatureAttribute(fileId)] ?? '';
      const bytes = this.account.world.read({ bucket, key, version });
      if (!this.account.world.keys.verifies(keyArn, signature, bytes)) {
        this.account.journal.fail(`a signature that is answered must be of the bytes that the stream names, got: '${signature}' for file ${fileId} of '${live.streamId}'`);
      }
      const [digits, , ...parents] = key.split('/').reverse();
      const about = JSON.stringify([bucket, parents, digits, bytes.toString(), keyArn]);
      const location = `${bucket}/${[...parents].reverse().join('/')}/`;
      const earlier = before?.get(fileId);
      if (!isLost && earlier?.about === about && earlier.signature !== signature) {
        this.account.journal.fail(`a signature must change only with content, key, storage location or its loss, got: another one of file ${fileId} of '${live.streamId}'`);
      }
      answered.set(fileId, { about, signature, location });
      signatures.push([fileId, signature]);
    }
    if (signatures.length > 0) this.checkRevision(attributes, signatures);
  }

  private forgetLocation(removed: string): void {
    for (const [logicalId, files] of this.answered) {
      this.answered.set(logicalId, new Map([...files].filter(([, { location }]) => !removed.startsWith(location))));
    }
  }

  /** Where nobody can say what was kept: what failed stays, or the stack was deleted. */
  forget(): void {
    this.answered = new Map();
  }

  /** What names a job: another one for another version or other signatures, and for nothing else. */
  private checkRevision(attributes: Answer['attributes'], signatures: [number, string][]): void {
    const { [SIGNED_REVISION_ATTRIBUTE]: revision, StreamVersion } = attributes;
    const about = JSON.stringify([StreamVersion, signatures]);
    if (!/^[0-9a-f]{8}$/.test(revision)) this.account.journal.fail(`the signed revision must have eight hexadecimal digits, got: ${revision}`);
    const other = [...this.revisions].find(([each, known]) => (each === about) !== (known === revision));
    if (other) {
      this.account.journal.fail(`the signed revision must change exactly with version and signatures, got: ${revision} of ${about} beside ${other.join(' ')}`);
    }
    this.revisions.set(about, revision);
  }
}

/** Whether an object is a kept signature: content of ours is no JSON. */
export function digestIn(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { Sha256?: string }).Sha256;
  } catch {
    return undefined;
  }
}

/** What a file's key ends with. */
function digitsOf({ Sha256, Text, SourceBucket, SourceKey, SourceVersion, Revision }: FileProperties): string {
  return Sha256 ?? (Text === undefined ? sha256(declarationOf(SourceBucket!, SourceKey!, SourceVersion, Revision)) : sha256(Text));
}
