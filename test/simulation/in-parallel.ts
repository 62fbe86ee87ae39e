/** Works on every item, on so many of them at a time. */
export async function inParallel<Item>(items: readonly Item[], workers: number, work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items];
  await Promise.all(Array.from({ length: workers }, async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  }));
}
