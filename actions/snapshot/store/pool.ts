/** Working on many items, a few of them at a time. */

/**
 * Like Promise.all over all items, in their order, except that only so many run at once. After the first failure no other
 * item is begun.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  const worker = async (rest: Iterable<readonly [number, T]>) => {
    for (const [index, item] of rest) results[index] = await work(item, index)
  }
  await Promise.all(startWorkers(items.entries(), Math.min(most, items.length), worker))
  return results
}

/** Workers that take from the same items, each when it is done with its last one. When one fails, `rest` ends for all. */
export function startWorkers<T>(
  items: Iterable<T>,
  count: number,
  worker: (rest: Iterable<T>) => Promise<void>,
): readonly Promise<void>[] {
  const rest = each(items)
  return Array.from({ length: count }, () => worker(rest))
}

/** A generator: leaving a loop over it ends it, which an array's own iterator ignores. */
function* each<T>(items: Iterable<T>): Generator<T> {
  yield* items
}
