/** What every `start…()` of the house returns: something that runs until it is told to stop. */
export interface Running {
  /** Ends all loops, sockets and timers, in the reverse order of their start, and waits for them. Safe to call twice. */
  stop(): Promise<void>
}

/**
 * Hands the undo list of a start function over to its caller.
 *
 * ```ts
 * await using undo = new AsyncDisposableStack()
 * undo.use(await listen(options)) // a throw further down undoes what had started
 * return running(undo.move()) // from here on stop() undoes all of it
 * ```
 */
export function running(undo: AsyncDisposableStack): Running {
  let stopped: Promise<void> | undefined
  return { stop: () => (stopped ??= undo.disposeAsync()) }
}
