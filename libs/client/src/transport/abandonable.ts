/** Waits, but no longer than the signal lets; undefined then. */
export async function abandonable<T>(value: T | Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (!(value instanceof Promise) || signal === undefined) return value
  value.catch(() => undefined)
  if (signal.aborted) return undefined
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const aborted = () => resolve(undefined)
  signal.addEventListener('abort', aborted, { once: true })
  try {
    return await Promise.race([value, promise])
  } finally {
    signal.removeEventListener('abort', aborted)
  }
}
