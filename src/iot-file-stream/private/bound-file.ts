import type * as kms from 'aws-cdk-lib/aws-kms';
import type { FileProperties } from './contract';

/** How a file of a stream travels, and what the handler must read for it. */
export interface BoundFile {
  readonly properties: FileProperties;
  /** Absent where the content travels in the properties. */
  readonly source?: SourceObject;
}

export interface SourceObject {
  readonly bucketName: string;
  readonly key: string;
  /** Whether a version of the object is named. */
  readonly isPinned: boolean;
  /** Encrypts the object, as far as it is known. */
  readonly encryptionKey?: EncryptionKey;
}

/** What signs a file: the key itself, not an alias. */
export interface BoundSigning {
  readonly key: kms.IKey;
  readonly algorithm: string;
}

/** A key of a construct, or one that a synthesizer names. */
export interface EncryptionKey {
  readonly keyArn: string;
}
