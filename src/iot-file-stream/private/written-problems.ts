import type { CfnResource } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { answerProblems } from './answer-size';
import type { StreamProperties } from './contract';
import { cycleProblems } from './cycles';
import { exceededLimits } from './limits';
import { fixedProperties, overrideProblems, secretProblems, textProblems } from './property-problems';
import type { StreamFiles } from './stream-files';
import type { StreamStorage } from './stream-storage';
import type { WrittenTemplate } from '../../core/written-template';

export interface WrittenStream {
  readonly construct: Construct;
  readonly handlerArn: string;
  readonly files: StreamFiles;
  readonly storage: StreamStorage;
  /** As the construct declares them. */
  readonly properties: StreamProperties;
}

/** Says what is wrong with a stream as the template has it, with everything that aspects and overrides made of it. */
export function writtenProblems(stream: WrittenStream, templateOf: (stack: Stack) => WrittenTemplate): string[] {
  const { construct, handlerArn, files, storage } = stream;
  const stack = Stack.of(construct);
  const template = templateOf(stack);
  const logicalId = stack.resolve((construct.node.defaultChild as CfnResource).logicalId);
  const written = template.resources[logicalId];
  // a synthesizer of the user's own may write no template
  if (!written) return [];
  const properties = written.Properties ?? {};
  const declared = stack.resolve({ ServiceToken: handlerArn, ...fixedProperties(stream.properties) });
  const broken = overrideProblems(construct.node.path, properties, declared);
  // the other checks read these properties
  if (broken.length > 0) return broken;
  const exceeded = exceededLimits(template, properties);
  return [
    ...exceeded.length > 0 ? exceeded : textProblems(properties),
    ...storage.writtenProblems(templateOf, declared),
    ...secretProblems(properties),
    ...answerProblems(stack, template, logicalId, files.all),
    ...cycleProblems(stack, template.resources),
  ];
}
