import { CfnOutput } from 'aws-cdk-lib';
import * as iot from 'aws-cdk-lib/aws-iot';
import { addFailure } from './failure';
import { stack, stream } from '../../../examples/ota/app';

/* The example, with more kinds of jobs and an optional failure. */

const documents = {
  Pinned: stream.jobDocument({ operation: 'update-firmware', pinVersion: true }),
  Embedded: stream.otaJobDocument(),
};
for (const [name, document] of Object.entries(documents)) {
  const template = new iot.CfnJobTemplate(stack, name, { jobTemplateId: stream.jobId(name.toLowerCase()), description: name, document });
  new CfnOutput(stack, `${name}JobTemplateArn`, { value: template.attrArn });
}
if (stack.node.tryGetContext('failing')) addFailure(stack);
