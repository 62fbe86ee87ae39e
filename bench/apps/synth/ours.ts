import { App, Stack } from 'aws-cdk-lib';
import { inputs } from './inputs';
import { IotFileStream, StreamFile } from '../../../src';

const app = new App();
const stack = new Stack(app, 'Bench');
for (const { number, path } of inputs()) {
  new IotFileStream(stack, `Stream${number}`, { files: [StreamFile.fromAsset(path)] });
}
app.synth();
