import { App, Stack } from 'aws-cdk-lib';

/* An empty stack, for the cost of every synthesis. */
const app = new App();
new Stack(app, 'Bench');
app.synth();
