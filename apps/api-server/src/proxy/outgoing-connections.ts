import { tooManyRequests } from '@kubets/apimachinery'
import type { MetricFamily } from '@kubets/storage'
import type { SubresourceHandler } from '../resources/router.ts'

/**
 * Requests that are passed on at once to kubelets, pods and Services: each one has a connection of its own there, over however few the clients ask. Beyond
 * the bound: 429.
 */
export class OutgoingConnections {
  readonly #most: number
  #open = 0

  constructor(most: number) {
    this.#most = most
  }

  /** The same handlers, within the bound together. */
  bounded(handlers: Readonly<Record<string, SubresourceHandler>>): Readonly<Record<string, SubresourceHandler>> {
    const closed = () => {
      this.#open--
    }
    const bound =
      (handler: SubresourceHandler): SubresourceHandler =>
      (rest, context, entry) => {
        if (this.#open >= this.#most) throw tooManyRequests('too many requests are being passed on to nodes and pods')
        this.#open++
        context.exchange.onClose(closed)
        return handler(rest, context, entry)
      }
    return Object.fromEntries(Object.entries(handlers).map(([path, handler]) => [path, bound(handler)]))
  }

  metrics(): MetricFamily[] {
    return [
      {
        name: 'apiserver_proxied_requests',
        help: 'Requests that are being passed on to kubelets, pods and Services.',
        type: 'gauge',
        values: () => [{ value: this.#open, labels: {} }],
      },
    ]
  }
}
