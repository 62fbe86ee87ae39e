/** The codes of rejections. */
export type RejectionCode =
  | 'InvalidTopic' | 'InvalidJson' | 'InvalidCbor' | 'InvalidRequest' | 'Unauthorized' | 'BlockSizeOutOfBounds' | 'OffsetOutOfBounds'
  | 'BlockCountLimitExceeded' | 'BlockBitmapLimitExceeded' | 'ResourceNotFound' | 'VersionMismatch' | 'ETagMismatch' | 'InternalError';

export class Rejection extends Error {
  constructor(readonly code: RejectionCode, message: string) {
    super(message);
  }
}
