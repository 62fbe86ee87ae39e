import { App, CfnOutput, Stack } from 'aws-cdk-lib';
// in a project of your own: from 'cdk-iot-streams'
import { allowLocalAws } from '../../local/allow-local-aws';
import { IotFileStream, StreamFile } from '../../src';

/*
 * One file, one stream. `cdk deploy -c firmware=build/app.bin` uploads the file and makes the stream; deploying again after
 * the file has changed moves the stream's version.
 */
export const app = new App();
export const stack = new Stack(app, 'Firmware');

const stream = new IotFileStream(stack, 'Stream', {
  files: [StreamFile.fromAsset(app.node.getContext('firmware'))],
});
allowLocalAws(stream);

new CfnOutput(stack, 'StreamId', { value: stream.streamId });
new CfnOutput(stack, 'StreamVersion', { value: stream.streamVersion });
