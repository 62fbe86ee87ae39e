import { addFailure } from './failure';
import { stack } from '../../../examples/firmware/app';

/* The example, with a failure on request. */

if (stack.node.tryGetContext('failing')) addFailure(stack);
