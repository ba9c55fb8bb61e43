/**
 * Calls `attempt` `count` times in batches of 1, 2, 4, … and stops after a batch with a failure: what fails a thousand times for
 * one reason (a quota) is tried once. Resolves with the number of successes and the first failure.
 */
export async function slowStart(
  count: number,
  attempt: () => Promise<void>,
): Promise<{ succeeded: number; error?: unknown }> {
  let succeeded = 0
  for (let batch = Math.min(count, 1); batch > 0; batch = Math.min(2 * batch, count - succeeded)) {
    const ends = await Promise.allSettled(Array.from({ length: batch }, attempt))
    const failed = ends.filter(end => end.status === 'rejected')
    succeeded += batch - failed.length
    if (failed[0] !== undefined) return { succeeded, error: failed[0].reason }
  }
  return { succeeded }
}
