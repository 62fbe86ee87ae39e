/** What the control plane keeps of a stream and the data plane reads: the one interface between the two. */
export interface StreamRecord {
  readonly streamId: string;
  readonly streamArn: string;
  readonly streamVersion: number;
  /** Absent where the creator gave none. */
  readonly description?: string;
  readonly roleArn: string;
  readonly files: readonly StreamFileRecord[];
}

/** A file of a stream with what S3 answered when the stream was created or updated. */
export interface StreamFileRecord {
  readonly fileId: number;
  readonly bucket: string;
  readonly key: string;
  /** Absent where the creator pinned none. */
  readonly version?: string;
  readonly size: number;
  readonly eTag: string;
}

/** Why the service cannot read an object now. */
export class ObjectUnreadable extends Error {
  constructor(readonly reason: 'Unauthorized' | 'ResourceNotFound' | 'ETagMismatch', message: string) {
    super(message);
  }
}

/** What the data plane needs of the control plane. */
export interface StreamSource {
  /** The stream as it is now; undefined where none is. */
  find(streamId: string): StreamRecord | undefined;
  /**
   * Bytes `start` to `end` (exclusive, clamped to the file's size) of a file, with the stream's own role as it is now.
   * @throws ObjectUnreadable
   */
  read(stream: StreamRecord, file: StreamFileRecord, start: number, end: number): Promise<Uint8Array>;
}
