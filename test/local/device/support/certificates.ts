import { createPrivateKey, randomBytes, sign, type KeyObject } from 'node:crypto';
import { newKeyPair } from '../../../support/key-pair';

export interface Identity {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Creates a certificate authority and certificates for `localhost` and a device, so that the repository contains no private keys. */
export function testCertificates(deviceName: string): {
  readonly authority: Identity; readonly server: Identity; readonly device: Identity;
} {
  const authority = issue('Test CA', 'Test CA', undefined, [extension('551d13', sequence(tlv(0x01, Buffer.from([0xff]))))]);
  const localhost = extension('551d11', sequence(tlv(0x82, Buffer.from('localhost')), tlv(0x87, Buffer.from([127, 0, 0, 1]))));
  return {
    authority,
    server: issue('localhost', 'Test CA', authority.privateKey, [localhost]),
    device: issue(deviceName, 'Test CA', authority.privateKey, []),
  };
}

function issue(subject: string, issuer: string, issuerKey: string | undefined, extensions: Buffer[]): Identity {
  const { publicKey, privateKey } = newKeyPair('P-256');
  const signer: KeyObject = issuerKey === undefined ? privateKey : createPrivateKey(issuerKey);
  const algorithm = sequence(objectId('2a8648ce3d040302'));
  const now = Date.now();
  const toBeSigned = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name(issuer),
    sequence(time(now - 86_400_000), time(now + 86_400_000)),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...extensions.length > 0 ? [tlv(0xa3, sequence(...extensions))] : [],
  );
  const certificate = sequence(toBeSigned, algorithm, tlv(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', toBeSigned, signer)])));
  return { certificate: pem('CERTIFICATE', certificate), privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function tlv(tag: number, content: Buffer): Buffer {
  const length = content.length < 128 ? [content.length] : [0x82, Math.floor(content.length / 256), content.length % 256];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function sequence(...items: Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(items));
}

function objectId(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, 'hex'));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), tlv(0x01, Buffer.from([0xff])), tlv(0x04, value));
}

function name(commonName: string): Buffer {
  return sequence(tlv(0x31, sequence(objectId('550403'), tlv(0x0c, Buffer.from(commonName)))));
}

function time(milliseconds: number): Buffer {
  return tlv(0x17, Buffer.from(`${new Date(milliseconds).toISOString().replace(/\D/g, '').slice(2, 14)}Z`));
}

function pem(label: string, der: Buffer): string {
  return `-----BEGIN ${label}-----\n${der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END ${label}-----\n`;
}
