import { AsyncResource } from 'node:async_hooks'

export { endsWithUs } from './ends-with-us.ts'

/** Counts, until disposed of, what is bound by the way of Node that ties it to something old: see `http2Request`. */
export function countedBinds(): Disposable & { readonly count: number } {
  const { bind } = AsyncResource.prototype
  let count = 0
  AsyncResource.prototype.bind = function (this: AsyncResource, ...args: Parameters<typeof bind>) {
    count++
    return bind.apply(this, args)
  } as typeof bind
  return {
    get count() {
      return count
    },
    [Symbol.dispose]() {
      AsyncResource.prototype.bind = bind
    },
  }
}
