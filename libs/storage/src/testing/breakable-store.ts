import type { KeyValueStore, StoreWatchOptions } from '../key-value-store.ts'

/** A store whose watches can be broken by hand. */
export function breakable(store: KeyValueStore) {
  const live = new Set<{ options: StoreWatchOptions; stop: AbortController }>()
  let watches = 0
  let scans = 0
  let held: PromiseWithResolvers<void> | undefined
  const proxy = new Proxy(store, {
    get(target, name) {
      if (name === 'scan')
        return async (...args: Parameters<KeyValueStore['scan']>) => {
          scans++
          await held?.promise
          return target.scan(...args)
        }
      if (name === 'watch')
        return (options: StoreWatchOptions) => {
          watches++
          const stop = new AbortController()
          const entry = { options, stop }
          live.add(entry)
          options.signal.addEventListener('abort', () => {
            stop.abort()
            live.delete(entry)
          })
          return target.watch({ ...options, signal: stop.signal })
        }
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return {
    store: proxy,
    get watches() {
      return watches
    },
    get scans() {
      return scans
    },
    /** From now on they begin when what is returned is resolved. */
    holdScans() {
      held = Promise.withResolvers<void>()
      return held
    },
    breakWatch(error: Error) {
      for (const entry of live) {
        entry.stop.abort()
        live.delete(entry)
        entry.options.onEnd(error)
      }
    },
  }
}
