import type { RequestContext, Step } from './request-context.ts'

/** Answers one family of paths. */
export type Handler = (context: RequestContext) => undefined | Promise<void>

export interface DispatchOptions {
  /** Requests for objects. */
  resources: Handler
  /** `/api`, `/apis`, `/apis/<group>`, `/apis/<group>/<version>`. */
  discovery: Handler
  /** Everything else: health, metrics, version, OpenAPI, unknown paths. */
  outer: Handler
}

const discoveryPath = /^\/(api|apis)(\/|$)/

export function dispatch(options: DispatchOptions): Step {
  return context => {
    if (context.info.isResourceRequest) return options.resources(context)
    if (discoveryPath.test(context.info.path)) return options.discovery(context)
    return options.outer(context)
  }
}
