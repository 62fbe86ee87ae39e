import { addFailure } from './failure';
import { stack } from '../../../examples/firmware/app';

/* The example, with an optional failure. */

if (stack.node.tryGetContext('failing')) addFailure(stack);
