import { CfnOutput } from 'aws-cdk-lib';
import { addFailure } from './failure';
import { stack, stream } from '../../../examples/ota/app';

/* The example, which signs its firmware if the context names a key, with the location of the firmware and an optional failure. */

const { bucketName, objectKey, objectVersion } = stream.fileLocation('app.bin');
for (const [name, value] of Object.entries({ BucketName: bucketName, ObjectKey: objectKey, ObjectVersion: objectVersion })) {
  new CfnOutput(stack, name, { value });
}
if (stack.node.tryGetContext('failing')) addFailure(stack);
