import { request } from 'node:https';

export interface CredentialsRequest {
  /** `host` or `host:port` of the credentials provider. @default port 443 */
  readonly endpoint: string;
  readonly roleAliasName: string;
  /** Sent in the header that policies can refer to; no header if undefined. */
  readonly thingName?: string;
  /** PEM. Without certificate and key, the device presents no certificate. */
  readonly certificate?: string | Buffer;
  /** PEM. */
  readonly privateKey?: string | Buffer;
  /** PEM. @default the certificate authorities that Node.js trusts; those of AWS IoT are among them */
  readonly certificateAuthority?: string | Buffer;
}

/** The response of the provider. */
export interface CredentialsAnswer {
  readonly status: number;
  readonly body: {
    readonly credentials?: {
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken: string;
      /** ISO 8601. */
      readonly expiration: string;
    };
    readonly message?: string;
  };
}

/**
 * Exchanges a device's certificate for credentials of the role behind a role alias.
 * https://docs.aws.amazon.com/iot/latest/developerguide/authorizing-direct-aws.html
 */
export async function requestCredentials(options: CredentialsRequest): Promise<CredentialsAnswer> {
  const { hostname, port } = new URL(`https://${options.endpoint}`);
  return new Promise((fulfill, reject) => {
    request({
      hostname,
      port,
      agent: false,
      ca: options.certificateAuthority,
      cert: options.certificate,
      key: options.privateKey,
      path: `/role-aliases/${options.roleAliasName}/credentials`,
      headers: options.thingName === undefined ? {} : { 'x-amzn-iot-thingname': options.thingName },
    }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => fulfill({ status: response.statusCode!, body: JSON.parse(Buffer.concat(chunks).toString()) }));
    }).on('error', reject).end();
  });
}
