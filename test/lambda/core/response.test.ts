import { bytesOf, responseTo, roomForAttributes } from '../../../lambda/core/response';
import { MAXIMUM_RESPONSE_BYTES } from '../../../src/core/contract';
import { createEvent, streamProperties } from '../support/events';

test('F84: attributes that use all of the room make an answer of exactly 4,096 bytes', () => {
  const event = createEvent(streamProperties());
  const room = roomForAttributes(event, 'Shop-Firmware');
  const attributes = { StreamId: '-'.repeat(room - bytesOf({ StreamId: '' })) };

  expect(bytesOf(attributes)).toBe(room);
  expect(bytesOf(responseTo(event, { Status: 'SUCCESS', Data: attributes }, 'Shop-Firmware'))).toBe(MAXIMUM_RESPONSE_BYTES);
  expect(MAXIMUM_RESPONSE_BYTES).toBe(4096);
});
