import { ambiguousBitmap } from './bitmap';
import { Rejection } from './rejection';
import type { GetRequest } from './requests';
import { MAXIMUM_REPLY_BYTES } from './requests';

/** Returns the indexes of the blocks that answer a request. */
export function blocksFor(request: GetRequest, fileSize: number): number[] {
  const wanted = request.bitmap ? marked(request.bitmap.bytes, request.offset, request.count) : counted(request);
  const available = Math.ceil(fileSize / request.blockSize);
  if (wanted.length === 0 || wanted[wanted.length - 1] >= available) {
    throw new Rejection('InvalidRequest', 'The data requested is out of the range of data available.');
  }
  // AWS decodes the text as Base64 and reports blocks out of range: https://github.com/aws-samples/aws-iot-mqtt-download-agent/issues/4
  if (request.bitmap?.isAmbiguous) throw ambiguousBitmap();
  return wanted.slice(0, Math.floor(MAXIMUM_REPLY_BYTES / request.blockSize));
}

function counted({ blockSize, offset, count = Math.floor(MAXIMUM_REPLY_BYTES / blockSize) }: GetRequest): number[] {
  return Array.from({ length: count }, (_, position) => offset + position);
}

/** Returns the blocks of a bitmap. The lowest bit of the first byte is the block at the offset. */
function marked(bitmap: Uint8Array, offset: number, count = Infinity): number[] {
  const blocks: number[] = [];
  for (let bit = 0; bit < bitmap.length * 8 && blocks.length < count; bit++) {
    if (bitmap[bit >> 3] & (1 << (bit & 7))) blocks.push(offset + bit);
  }
  return blocks;
}
