import { credentialScope, s3Action, stsParameters } from '../../../local/aws-proxy/action';

const at = (host: string) => (method: string, url: string, headers = {}) => s3Action({ method, url, headers: { host, ...headers } });
const pathStyle = at('127.0.0.1:4566');

test.each([
  ['GET', '/bucket/key', 'GetObject'],
  ['GET', '/bucket/a/b?x-id=GetObject&versionId=1', 'GetObject'],
  ['HEAD', '/bucket/key', 'HeadObject'],
  ['PUT', '/bucket/key', 'PutObject'],
  ['DELETE', '/bucket/key?versionId=1', 'DeleteObject'],
  ['GET', '/bucket/key?attributes', 'GetObjectAttributes'],
  ['PUT', '/bucket/key?tagging', 'PutObjectTagging'],
  ['POST', '/bucket/key?uploads', 'CreateMultipartUpload'],
  ['GET', '/bucket?uploads', 'ListMultipartUploads'],
  ['PUT', '/bucket/key?uploadId=1&partNumber=1', 'UploadPart'],
  ['POST', '/bucket/key?uploadId=1', 'CompleteMultipartUpload'],
  ['DELETE', '/bucket/key?uploadId=1', 'AbortMultipartUpload'],
  ['GET', '/bucket/key?uploadId=1', 'ListParts'],
  ['GET', '/bucket?versions&prefix=a', 'ListObjectVersions'],
  ['GET', '/bucket?versioning=', 'GetBucketVersioning'],
  ['PUT', '/bucket?versioning', 'PutBucketVersioning'],
  ['GET', '/bucket?object-lock', 'GetObjectLockConfiguration'],
  ['GET', '/bucket?policy', 'GetBucketPolicy'],
  ['GET', '/bucket?location', 'GetBucketLocation'],
  ['POST', '/bucket?delete', 'DeleteObjects'],
  ['GET', '/bucket?list-type=2', 'ListObjectsV2'],
  ['PUT', '/bucket', 'CreateBucket'],
  ['PUT', '/bucket/', 'CreateBucket'],
  ['HEAD', '/bucket', 'HeadBucket'],
  ['DELETE', '/bucket', 'DeleteBucket'],
])('%s %s is %s', (method, url, action) => {
  expect(pathStyle(method, url)).toBe(action);
});

test('a copy is recognised as a PUT with a source', () => {
  expect(pathStyle('PUT', '/bucket/key', { 'x-amz-copy-source': 'a/b' })).toBe('CopyObject');
  expect(pathStyle('PUT', '/bucket/key?uploadId=1', { 'x-amz-copy-source': 'a/b' })).toBe('UploadPartCopy');
});

test('a path in the virtual-host style is the key', () => {
  const virtualHost = at('bucket.localhost:4566');
  expect(virtualHost('GET', '/key')).toBe('GetObject');
  expect(virtualHost('GET', '/?versions')).toBe('ListObjectVersions');
  expect(at('bucket.s3.us-east-1.amazonaws.com')('PUT', '/key')).toBe('PutObject');
});

test('the scope of a signature is read from the header or from the query of a presigned URL', () => {
  const authorization = 'AWS4-HMAC-SHA256 Credential=ASIA1/20261121/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0';
  expect(credentialScope({ method: 'GET', url: '/', headers: { authorization } })).toEqual(['ASIA1', '20261121', 'us-east-1', 'sts', 'aws4_request']);
  expect(credentialScope({ method: 'GET', url: '/b/k?X-Amz-Credential=ASIA1%2F20261121%2Fus-east-1%2Fs3%2Faws4_request', headers: {} })[3]).toBe('s3');
  expect(credentialScope({ method: 'GET', url: '/', headers: {} })).toEqual(['']);
});

test('the parameters of STS are read from a form or a query', () => {
  expect(stsParameters({ method: 'POST', url: '/', headers: {} }, 'Action=AssumeRole&RoleArn=arn%3Aaws').get('RoleArn')).toBe('arn:aws');
  expect(stsParameters({ method: 'GET', url: '/?Action=GetCallerIdentity', headers: {} }, '').get('Action')).toBe('GetCallerIdentity');
});
