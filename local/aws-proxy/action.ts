import type { IncomingMessage } from 'node:http';

/** The API call of a request, derived from its HTTP form. */
export interface ApiCall {
  readonly service: 's3' | 'sts' | 'kms';
  /** The name in the API: `CopyObject`, `AssumeRole`, `Sign`. */
  readonly action: string;
  readonly accessKeyId?: string;
}

/** The part of a request that identifies its call. */
export type RequestHead = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

/** The scope of a signature: `<access key>/<date>/<region>/<service>/aws4_request`. */
export function credentialScope(request: RequestHead): string[] {
  const header = /Credential=([^,\s]+)/.exec(request.headers.authorization ?? '')?.[1];
  const presigned = queryOf(request).get('X-Amz-Credential');
  return (header ?? presigned ?? '').split('/');
}

/** Returns the call of an S3 request. */
export function s3Action(request: RequestHead): string {
  const { method = 'GET', headers } = request;
  const query = queryOf(request);
  const copy = headers['x-amz-copy-source'] !== undefined;
  if (query.has('uploads')) return method === 'POST' ? 'CreateMultipartUpload' : 'ListMultipartUploads';
  if (query.has('uploadId')) return multipartAction(method, copy);
  if (isObject(request)) {
    if (query.has('attributes')) return 'GetObjectAttributes';
    if (query.has('tagging')) return `${verbOf(method)}ObjectTagging`;
    return copy && method === 'PUT' ? 'CopyObject' : `${verbOf(method)}Object`;
  }
  const subresource = [...bucketSubresources.keys()].find((name) => query.has(name));
  if (subresource !== undefined) return bucketSubresources.get(subresource)!.replace('*', verbOf(method));
  if (method === 'POST' && query.has('delete')) return 'DeleteObjects';
  return bucketActions[method] ?? `${verbOf(method)}Bucket`;
}

/** Returns the call of a KMS request from its header, such as `TrentService.Sign`. */
export function kmsAction({ headers }: RequestHead): string {
  return String(headers['x-amz-target']).split('.').pop()!;
}

/** Returns the parameters of an STS request, from its form or its query. */
export function stsParameters(request: RequestHead, body: string): URLSearchParams {
  return body ? new URLSearchParams(body) : queryOf(request);
}

const bucketSubresources = new Map([
  ['versions', 'ListObjectVersions'],
  ['versioning', '*BucketVersioning'],
  ['object-lock', '*ObjectLockConfiguration'],
  ['policy', '*BucketPolicy'],
  ['location', 'GetBucketLocation'],
  ['encryption', '*BucketEncryption'],
  ['publicAccessBlock', '*PublicAccessBlock'],
  ['tagging', '*BucketTagging'],
  ['ownershipControls', '*BucketOwnershipControls'],
]);

const bucketActions: Readonly<Record<string, string>> = { GET: 'ListObjectsV2', PUT: 'CreateBucket' };
const verbs: Readonly<Record<string, string>> = { GET: 'Get', HEAD: 'Head', PUT: 'Put', DELETE: 'Delete', POST: 'Post' };

function verbOf(method: string): string {
  return verbs[method] ?? method;
}

function multipartAction(method: string, copy: boolean): string {
  const actions: Readonly<Record<string, string>> = {
    PUT: copy ? 'UploadPartCopy' : 'UploadPart', POST: 'CompleteMultipartUpload', DELETE: 'AbortMultipartUpload',
  };
  return actions[method] ?? 'ListParts';
}

/** Whether a request is about an object. The bucket is the first part of the path, or of the host in the virtual-host style. */
function isObject({ url = '/', headers }: RequestHead): boolean {
  const parts = url.split('?')[0].split('/').filter((part) => part !== '');
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  const pathStyle = /^\d+\.\d+\.\d+\.\d+$|^\[|^localhost$|^s3[.-]/.test(host);
  return parts.length > (pathStyle ? 1 : 0);
}

function queryOf({ url = '/' }: RequestHead): URLSearchParams {
  return new URLSearchParams(url.split('?').slice(1).join('?'));
}
