import { ExpectedResult, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { IotFileStream, StreamFile } from '../src';

/*
 * Creates, describes and deletes a stream in a real account, with integ-runner (see CONTRIBUTING).
 */

const app = new App();
const stack = new Stack(app, 'IotFileStreamInteg');
const stream = new IotFileStream(stack, 'Firmware', {
  files: [StreamFile.fromText('notes.txt', 'first release'), StreamFile.fromJson('config.json', { interval: 30 })],
});

const integ = new IntegTest(app, 'IotFileStreamIntegTest', { testCases: [stack] });
integ.assertions.awsApiCall('iot', 'DescribeStream', { streamId: stream.streamId }).expect(ExpectedResult.objectLike({
  streamInfo: { streamVersion: 1, files: [{ fileId: 0 }, { fileId: 1 }] },
}));
