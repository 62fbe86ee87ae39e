import { App, CfnOutput, Stack } from 'aws-cdk-lib';
// in a project of your own: from 'cdk-iot-streams'
import { IotFileStream, StreamFile } from '../../src';

/*
 * One firmware in several regions: `cdk deploy --all -c firmware=build/app.bin`. A stream belongs to one region, as devices do; with
 * a fixed `streamId`, a device asks for the same stream wherever it connects.
 */
export const app = new App();

for (const region of ['eu-west-1', 'us-east-1', 'ap-southeast-2']) {
  const stack = new Stack(app, `Firmware-${region}`, { env: { region } });
  const stream = new IotFileStream(stack, 'Firmware', {
    files: [StreamFile.fromAsset(app.node.getContext('firmware'))],
    streamId: 'sensor-firmware',
  });
  new CfnOutput(stack, 'StreamArn', { value: stream.streamArn });
}
