import { App, Stack } from 'aws-cdk-lib';

/* What no stack comes without. */
const app = new App();
new Stack(app, 'Bench');
app.synth();
