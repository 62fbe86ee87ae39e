import { startMiniStack } from '../../../local/ministack/ministack';

/** A program that starts MiniStack, prints where it is, and does nothing more: what kills it must end MiniStack too. */
async function main(): Promise<void> {
  const miniStack = await startMiniStack();
  process.stdout.write(`${JSON.stringify(miniStack)}\n`);
  await miniStack.ended;
}

void main();
