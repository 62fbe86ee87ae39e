import type { JsonBitmap } from './bitmap';
import { requireBytes } from './bitmap';
import { blocksFor } from './blocks';
import type { Fields } from './encoding';
import { decodeRequest, encodeReply } from './encoding';
import { Rejection } from './rejection';
import { parseGetRequest, parseToken } from './requests';
import type { Encoding, Reply, RequestTopic } from './topics';
import { parseTopic, replyTopic } from './topics';
import type { StreamRecord, StreamSource } from '../stream';
import { ObjectUnreadable } from '../stream';

export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
}

export interface ProtocolOptions {
  /**
   * The encoding of bitmaps in JSON: the guide says hexadecimal, clients that work with AWS send Base64.
   * @default Base64; a text that is valid hexadecimal as well, or begins with 0x, is rejected
   */
  readonly jsonBitmap?: JsonBitmap;
  /** Called with problems that are not sent to devices: the reason of an InternalError, and a bitmap that may have the other encoding. */
  report?(reason: unknown): void;
}

/** Returns the answers to a message of a device. */
export async function answer({ topic, payload }: Message, source: StreamSource, options: ProtocolOptions = {}): Promise<Message[]> {
  const request = parseTopic(topic);
  if (!request) return [];
  const encoding = request.encoding ?? 'json';
  const reply = (kind: Reply, fields: Fields): Message => ({
    topic: replyTopic(request, kind, encoding), payload: encodeReply(fields, encoding),
  });
  let token: string | undefined;
  try {
    if (!request.operation || !request.encoding) throw new Rejection('InvalidTopic', `The topic '${topic}' is not one of a stream request`);
    const body = decodeRequest(payload, encoding);
    if (request.operation === 'get') requireBytes(body.b, encoding);
    token = parseToken(body);
    const stream = findStream(request, source);
    if (request.operation === 'describe') return [reply('description', describe(stream, token))];
    return (await get(stream, body, source, options)).map((fields) => reply('data', [['c', token], ...fields]));
  } catch (error) {
    return [reply('rejected', rejected(reasonOf(error, options), token, encoding))];
  }
}

function findStream({ streamId }: RequestTopic, source: StreamSource): StreamRecord {
  const stream = source.find(streamId);
  if (!stream) throw new Rejection('ResourceNotFound', `Stream ${streamId} does not exist`);
  return stream;
}

function describe(stream: StreamRecord, token: string | undefined): Fields {
  return [
    ['c', token],
    ['s', stream.streamVersion],
    ['d', stream.description],
    ['r', stream.files.map(({ fileId, size }) => ({ f: fileId, z: size }))],
  ];
}

async function get(
  stream: StreamRecord, body: Readonly<Record<string, unknown>>, source: StreamSource, { jsonBitmap, report }: ProtocolOptions,
): Promise<Fields[]> {
  const request = parseGetRequest(body, jsonBitmap);
  if (request.bitmap?.looksHexadecimal) report?.(`the bitmap '${body.b}' begins as hexadecimal does and was read as Base64, as jsonBitmap says`);
  if (request.expectedVersion !== undefined && request.expectedVersion !== stream.streamVersion) {
    throw new Rejection('VersionMismatch', `The version of the stream is ${stream.streamVersion}`);
  }
  const file = stream.files.find(({ fileId }) => fileId === request.fileId);
  if (!file) throw new Rejection('ResourceNotFound', `The stream has no file ${request.fileId}`);
  return Promise.all(blocksFor(request, file.size).map(async (block): Promise<Fields> => {
    const start = block * request.blockSize;
    const content = await source.read(stream, file, start, start + request.blockSize);
    return [['f', file.fileId], ['i', block], ['l', content.length], ['p', content]];
  }));
}

/** Returns the fields of a rejection. The service writes short and long keys; without a token it omits both keys of the token. */
function rejected({ code, message }: Reason, token: string | undefined, encoding: Encoding): Fields {
  const reason: Fields = [['code', code], ['o', code], ['message', message], ['m', message]];
  return encoding === 'json' ? [['clientToken', token], ['c', token], ...reason] : [...reason, ['clientToken', token], ['c', token]];
}

type Reason = Pick<Rejection, 'code' | 'message'>;

function reasonOf(error: unknown, { report }: ProtocolOptions): Reason {
  if (error instanceof Rejection) return error;
  if (error instanceof ObjectUnreadable) return { code: error.reason, message: error.message };
  report?.(error);
  return { code: 'InternalError', message: 'The service failed internally' };
}
