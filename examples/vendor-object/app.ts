import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
// in a project of your own: from 'cdk-iot-streams'
import { IotFileStream, StreamFile } from '../../src';

/*
 * Objects that somebody else puts into a bucket: `cdk deploy -c vendorBucket=NAME -c modemVersion=ID -c mapRevision=2026-11`. The
 * deployment copies them, so devices keep receiving the same bytes when the vendor overwrites or deletes an object.
 */
export const app = new App();
const stack = new Stack(app, 'VendorObject');

const vendor = s3.Bucket.fromBucketName(stack, 'Vendor', app.node.getContext('vendorBucket'));

const stream = new IotFileStream(stack, 'Modem', {
  files: [
    // exactly this S3 version of the object
    StreamFile.fromBucket(vendor, 'modem/firmware.bin', { objectVersion: app.node.getContext('modemVersion') }),
    // the version that is current at the first deployment with this revision; change the revision to copy the object again
    StreamFile.fromBucket(vendor, 'maps/europe.bin', { revision: app.node.getContext('mapRevision') }),
  ],
});

new CfnOutput(stack, 'StreamId', { value: stream.streamId });
new CfnOutput(stack, 'StreamVersion', { value: stream.streamVersion });
