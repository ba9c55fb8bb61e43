import type { Exchange } from '../front/exchange.ts'

/** Takes a header away, or changes it, for all who read it later: the handlers, and the proxies that pass an upgrade on. */
export function replaceHeader({ headers }: Pick<Exchange, 'headers'>, name: string, value?: string): void {
  if (value === undefined) delete headers[name]
  else headers[name] = value
}
