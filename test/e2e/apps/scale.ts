import { App, Stack } from 'aws-cdk-lib';
import { manyStreams } from './many-streams';

const app = new App();
// CloudFormation accepts templates of 1 MB, and indentation would need a large part of it
const stack = new Stack(app, 'Fleet', { suppressTemplateIndentation: true });
manyStreams(stack, { count: 80, assetPath: app.node.getContext('asset'), release: app.node.getContext('release') });
