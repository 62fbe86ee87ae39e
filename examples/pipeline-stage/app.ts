import type { StageProps } from 'aws-cdk-lib';
import { App, Stack, Stage } from 'aws-cdk-lib';
import { CodePipeline, CodePipelineSource, ManualApprovalStep, ShellStep } from 'aws-cdk-lib/pipelines';
import type { Construct } from 'constructs';
// in a project of your own: from 'cdk-iot-streams'
import { IotFileStream, StreamFile } from '../../src';

/*
 * A firmware that is built once, tried in one stage and released in the next, by CDK Pipelines. The SHA-256 of the file is part of the
 * template, so both stages deploy the same bytes.
 */
interface FirmwareStageProps extends StageProps {
  readonly firmware: string;
}

class FirmwareStage extends Stage {
  constructor(scope: Construct, id: string, props: FirmwareStageProps) {
    super(scope, id, props);
    const stack = new Stack(this, 'Firmware');
    new IotFileStream(stack, 'Stream', { files: [StreamFile.fromAsset(props.firmware)] });
  }
}

export const app = new App();
const stack = new Stack(app, 'Pipeline', { env: { account: '111122223333', region: 'eu-west-1' } });
const firmware: string = app.node.getContext('firmware');

const pipeline = new CodePipeline(stack, 'Pipeline', {
  // the production account reads the artifacts of the pipeline
  crossAccountKeys: true,
  synth: new ShellStep('Synth', {
    input: CodePipelineSource.connection('example/firmware', 'main', {
      connectionArn: 'arn:aws:codeconnections:eu-west-1:111122223333:connection/00000000-0000-4000-8000-000000000000',
    }),
    commands: ['npm ci', 'make build/app.bin', 'npx cdk synth -c firmware=build/app.bin'],
  }),
});
pipeline.addStage(new FirmwareStage(app, 'Beta', { firmware, env: { account: '111122223333', region: 'eu-west-1' } }));
pipeline.addStage(new FirmwareStage(app, 'Production', { firmware, env: { account: '444455556666', region: 'eu-west-1' } }), {
  pre: [new ManualApprovalStep('Approve')],
});
