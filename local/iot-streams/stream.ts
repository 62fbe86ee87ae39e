/** A stream as the control plane stores it and the data plane reads it. This file is the only interface between the two. */
export interface StreamRecord {
  readonly streamId: string;
  readonly streamArn: string;
  readonly streamVersion: number;
  /** Undefined if none was given. */
  readonly description?: string;
  readonly roleArn: string;
  readonly files: readonly StreamFileRecord[];
}

/** A file of a stream, with the properties of its object when the stream was created or updated. */
export interface StreamFileRecord {
  readonly fileId: number;
  readonly bucket: string;
  readonly key: string;
  /** Undefined if no version is pinned. */
  readonly version?: string;
  readonly size: number;
  readonly eTag: string;
}

/** The reason why the service cannot read an object. */
export class ObjectUnreadable extends Error {
  constructor(readonly reason: 'Unauthorized' | 'ResourceNotFound' | 'ETagMismatch', message: string) {
    super(message);
  }
}

/** The interface of the control plane to the data plane. */
export interface StreamSource {
  /** Returns the current state of a stream; undefined if it does not exist. */
  find(streamId: string): StreamRecord | undefined;
  /**
   * Returns bytes `start` to `end` (exclusive, at most the size of the file), read with the current permissions of the stream's role.
   * @throws ObjectUnreadable
   */
  read(stream: StreamRecord, file: StreamFileRecord, start: number, end: number): Promise<Uint8Array>;
}
