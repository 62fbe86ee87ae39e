/** https://docs.aws.amazon.com/iot/latest/developerguide/mqtt-based-file-delivery-in-devices.html */
export const MIN_BLOCK_SIZE = 256;
export const MAX_BLOCK_SIZE = 131_072;
export const MAX_BYTES_PER_REQUEST = 131_072;
export const MAX_BLOCK_OFFSET = 98_304;
/** The bitmap must be shorter than 12,288 bytes. */
export const MAX_BITMAP_BYTES = 12_287;
