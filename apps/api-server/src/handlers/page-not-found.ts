import type { RequestContext } from './request-context.ts'

/** What no part of the server knows: upstream says so as its mux does, in plain text. Known groups answer with a Status instead. */
export function respondPageNotFound({ exchange }: RequestContext): undefined {
  exchange.setHeader('cache-control', 'no-cache, private')
  exchange.setHeader('x-content-type-options', 'nosniff')
  exchange.respond(404, 'text/plain; charset=utf-8', '404 page not found\n')
  return undefined
}
