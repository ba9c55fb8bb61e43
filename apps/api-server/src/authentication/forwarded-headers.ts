import type { Exchange } from '../front/exchange.ts'

/**
 * Takes a header away, or changes it, for all who read it later: the handlers, and the proxies that pass an upgrade on from Node's own request.
 */
export function replaceHeader({ headers, native, canUpgrade }: Exchange, name: string, value?: string): void {
  const distinct = canUpgrade ? native?.request.headersDistinct : undefined
  if (value === undefined) {
    delete headers[name]
    if (distinct !== undefined) delete distinct[name]
    return
  }
  headers[name] = value
  if (distinct !== undefined) distinct[name] = [value]
}
