import { App, CfnOutput, NestedStack, Stack } from 'aws-cdk-lib';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { allowLocalAws } from '../../../local/allow-local-aws';
import { IotFileStream, StreamFile } from '../../../src';

/* Passes the version of a stream to another stack in an SSM parameter, and to a nested stack in its parameter. */

const NAME = '/firmware/version';
const app = new App();
const producer = new Stack(app, 'Producer');
const stream = new IotFileStream(producer, 'Firmware', { files: [StreamFile.fromAsset(app.node.getContext('assetPath'), { fileName: 'app.bin' })] });
allowLocalAws(stream);
new ssm.StringParameter(producer, 'Version', { parameterName: NAME, stringValue: stream.streamVersion });

const nested = new NestedStack(producer, 'Nested');
const seenByNested = new ssm.StringParameter(nested, 'Seen', { stringValue: stream.streamVersion });
new CfnOutput(producer, 'SeenByNested', { value: seenByNested.stringValue });

const consumer = new Stack(app, 'Consumer');
consumer.node.addDependency(producer);
const seenByConsumer = new ssm.StringParameter(consumer, 'Seen', { stringValue: ssm.StringParameter.valueForStringParameter(consumer, NAME) });
new CfnOutput(consumer, 'SeenByConsumer', { value: seenByConsumer.stringValue });
