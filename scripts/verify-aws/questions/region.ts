import { DescribeTypeCommand } from '@aws-sdk/client-cloudformation';
import type { Question } from '../question';
import { saying, told } from '../question';

export const REGION_QUESTIONS: readonly Question[] = [
  {
    fact: 'whether AWS::IoT::Stream is there in this region',
    assumption: 'nothing: the construct does not use it',
    ask: async (world) => told(await saying(world.cloudFormation.send(new DescribeTypeCommand({ Type: 'RESOURCE', TypeName: 'AWS::IoT::Stream' }))
      .then(({ Arn, Visibility }) => `${Arn} (${Visibility})`))),
  },
];

/** Questions that a script cannot answer within minutes. */
export const QUESTIONS_BY_HAND: readonly Question[] = [
  { fact: 'the quotas of streams and of calls per second', assumption: 'throttled calls are repeated twelve times', ask: 'aws service-quotas list-service-quotas --service-code iot' },
  { fact: 'whether a bucket in another region is refused', assumption: 'yes', ask: 'make one, put an object into it, and call aws iot create-stream with it' },
  {
    fact: 'whether kms:Decrypt of the stream\'s role is enough for a bucket with a key',
    assumption: 'yes',
    ask: 'deploy an IotFileStream whose `bucket` has an `encryptionKey`, then npm run device',
  },
  {
    fact: 'whether the conditions of the trust policy also hold when a device downloads',
    assumption: 'yes',
    ask: 'deploy an IotFileStream, wait an hour, then npm run device',
  },
  { fact: 'which form of bitmap JSON takes: hexadecimal digits or Base64', assumption: 'Base64', ask: 'npm run device with JSON, and with lost blocks' },
  {
    fact: 'the texts of refused requests, what happens past the last block, order and quality of service of blocks, and JSON blocks of 131,072 bytes',
    assumption: 'what local/README.md says',
    ask: 'npm run device with --help, against the endpoint of the account',
  },
  { fact: 'what happens after version 65,535', assumption: 'nothing', ask: 'nobody has waited for it' },
  {
    fact: 'whether a change of tags alone moves the version of an AWS::IoT::Stream',
    assumption: 'nothing: the construct does not use it',
    ask: 'deploy one with aws-cdk-lib 2.268.0 or newer, change a tag, deploy again',
  },
];
