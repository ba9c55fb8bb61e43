/** Waits, but no longer than the signal lets; undefined then. */
export async function abandonable<T>(value: T | Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (!(value instanceof Promise) || signal === undefined) return value
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const aborted = () => resolve(undefined)
  signal.addEventListener('abort', aborted, { once: true })
  try {
    value.catch(() => undefined)
    return await Promise.race([value, promise])
  } finally {
    signal.removeEventListener('abort', aborted)
  }
}
