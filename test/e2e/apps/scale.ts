import { App, Stack } from 'aws-cdk-lib';
import { manyStreams } from './many-streams';

const app = new App();
// CloudFormation takes a template of 1 MB, a good part of which would be indentation
const stack = new Stack(app, 'Fleet', { suppressTemplateIndentation: true });
manyStreams(stack, { count: 80, assetPath: app.node.getContext('asset'), release: app.node.getContext('release') });
