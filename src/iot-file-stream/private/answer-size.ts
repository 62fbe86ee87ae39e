import type { Stack } from 'aws-cdk-lib';
import { Token } from 'aws-cdk-lib';
import {
  DIGEST_LENGTH, fileSizeAttribute, GENERATION_LENGTH, GENERATION_SEPARATOR, LARGEST_STREAM_VERSION, NEW_STREAM, OBJECT_VERSION_LENGTH,
  objectKeyAttribute, objectVersionAttribute, signatureAttribute, SIGNED_REVISION_ATTRIBUTE, SIGNED_REVISION_LENGTH,
} from './contract';
import { signatureLength } from './signing-keys';
import type { FileOfStream } from './stream-files';
import { MAXIMUM_RESPONSE_BYTES } from '../../core/contract';
import { longest } from '../../core/longest';
import type { WrittenTemplate } from '../../core/written-template';

/** Digits of the bytes of the largest object in S3, 50 TB. */
const FILE_SIZE_LENGTH = 14;
const STACK_NAME_LENGTH = 128;
const GUID_LENGTH = 36;

/** Says whether what the handler answers for a stream can be longer than CloudFormation takes. */
export function answerProblems(stack: Stack, template: WrittenTemplate, logicalId: string, files: readonly FileOfStream[]): string[] {
  const properties = template.longest(template.resources[logicalId].Properties);
  const bytes = Buffer.byteLength(JSON.stringify({
    Status: 'SUCCESS',
    Data: longestAttributes(stack, properties, files),
    PhysicalResourceId: properties.StreamId,
    StackId: longestArn(stack, 'cloudformation', 'stack', `${longestStackName(stack)}/${any(GUID_LENGTH)}`),
    RequestId: any(GUID_LENGTH),
    LogicalResourceId: logicalId,
  }));
  return bytes > MAXIMUM_RESPONSE_BYTES ? [
    `what the deployment answers for stream '${properties.StreamId}' must have at most ${MAXIMUM_RESPONSE_BYTES} bytes, got: up to ${bytes}; `
    + 'ask for fewer signatures and file locations, or divide the files among several streams',
  ] : [];
}

function longestAttributes(stack: Stack, properties: any, files: readonly FileOfStream[]): Record<string, string> {
  const generation = properties.UpdateStrategy === NEW_STREAM ? GENERATION_SEPARATOR + any(GENERATION_LENGTH) : '';
  const streamId = properties.StreamId + generation;
  const objectKey = `${properties.Prefix}${any(GENERATION_LENGTH)}/${any(DIGEST_LENGTH)}`;
  const { Files: declared, AnsweredSignatures: signatures = [], AnsweredLocations: locations = [] } = properties;
  const signed = files.filter(({ signing }) => signing !== undefined);
  return {
    StreamId: streamId,
    StreamArn: longestArn(stack, 'iot', 'stream', streamId),
    StreamVersion: String(LARGEST_STREAM_VERSION),
    ...Object.fromEntries(files.map(({ fileId }) => [fileSizeAttribute(fileId), declared[fileId]?.Size ?? any(FILE_SIZE_LENGTH)])),
    ...signed.length > 0 ? { [SIGNED_REVISION_ATTRIBUTE]: any(SIGNED_REVISION_LENGTH) } : {},
    ...Object.fromEntries(signed.filter(({ fileId }) => signatures.includes(String(fileId)))
      .map(({ fileId, signing }) => [signatureAttribute(fileId), any(signatureLength(signing!))])),
    ...Object.fromEntries(locations.flatMap((fileId: string) => [
      [objectKeyAttribute(Number(fileId)), objectKey],
      [objectVersionAttribute(Number(fileId)), any(OBJECT_VERSION_LENGTH)],
    ])),
  };
}

function longestArn(stack: Stack, service: string, resource: string, resourceName: string): string {
  return longest(stack.resolve(stack.formatArn({ service, resource, resourceName })));
}

/** The deployment names nested stacks. */
function longestStackName({ stackName }: Stack): string {
  return Token.isUnresolved(stackName) ? any(STACK_NAME_LENGTH) : stackName;
}

function any(length: number): string {
  return 'x'.repeat(length);
}
