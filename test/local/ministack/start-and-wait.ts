import { startMiniStack } from '../../../local/ministack/ministack';

/** Starts MiniStack, prints its URL and waits. MiniStack must end when this program is killed. */
async function main(): Promise<void> {
  const miniStack = await startMiniStack();
  process.stdout.write(`${JSON.stringify(miniStack)}\n`);
  await miniStack.ended;
}

void main();
