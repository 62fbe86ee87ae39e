/**
 * Does work whose timers fire in their order as soon as nothing else happens, without real waiting: what is tested is then
 * independent of the speed of the machine. Only timers and clocks are virtual; files are written at their own pace.
 */
export async function inVirtualTime<T>(work: () => Promise<T>): Promise<T> {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] });
  try {
    let hasEnded = false;
    const result = work().finally(() => { hasEnded = true; });
    while (!hasEnded) {
      await new Promise((resolve) => setImmediate(resolve));
      jest.advanceTimersToNextTimer();
    }
    return await result;
  } finally {
    jest.useRealTimers();
  }
}
