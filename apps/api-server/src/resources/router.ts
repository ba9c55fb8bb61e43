import type { Catalogue, ResourceEntry } from '@kubets/api-types'
import { ApiError, methodNotSupported, noSuchResource } from '@kubets/apimachinery'
import type { Handler } from '../handlers/dispatch.ts'
import { respondPageNotFound } from '../handlers/page-not-found.ts'
import type { RequestContext } from '../handlers/request-context.ts'
import { warn } from '../handlers/respond.ts'
import { create } from './create.ts'
import { deleteOne } from './delete.ts'
import { deleteCollection } from './delete-collection.ts'
import { get } from './get.ts'
import { list } from './list.ts'
import { patch } from './patch.ts'
import { isAvailable, refuseTable, resourceRepresentation } from './representation.ts'
import type { Rest, Verb } from './rest.ts'
import { update } from './update.ts'
import { watch } from './watch.ts'

const verbs: Readonly<Record<string, Verb>> = {
  get,
  list,
  watch,
  create,
  update,
  patch,
  delete: deleteOne,
  deletecollection: deleteCollection,
}

/** Answers one subresource; the methods it takes are its own business. */
export type SubresourceHandler = (
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
) => undefined | Promise<void>

export interface RouterOptions {
  catalogue: Catalogue
  rest: Rest
  /** By `<resource>/<subresource>`, and `* /<subresource>` without the blank for all resources that have it. */
  subresources: Readonly<Record<string, SubresourceHandler>>
}

/** From a request's resource and verb to the function that answers it. */
export function resourceRouter({ catalogue, rest, subresources }: RouterOptions): Handler {
  const groups = new Set(catalogue.entries.map(e => e.group))
  return context => {
    const { info } = context
    if (!groups.has(info.group)) return respondPageNotFound(context)
    const entry = catalogue.byResource(info.group, info.version, info.resource)
    if (entry === undefined || info.name.includes('/')) throw noSuchResource()
    // upstream's paths of resources have no HEAD
    if (context.exchange.method === 'HEAD' && !isConnect(entry, info.subresource)) throw methodNotAllowed()
    if (info.namespace !== '' && !entry.namespaced && entry.resource !== 'namespaces') throw noSuchResource()
    if (info.subresource !== '') {
      if (!Object.hasOwn(entry.subresources, info.subresource)) throw noSuchResource()
      const handler = subresources[`${entry.resource}/${info.subresource}`] ?? subresources[`*/${info.subresource}`]
      if (handler === undefined) throw noSuchResource()
      const part = entry.subresources[info.subresource]
      if (part?.table === false) refuseTable(resourceRepresentation(context.exchange.headers.accept))
      if (part?.kind === entry.kind && part.verbs.includes(info.verb as never)) warnDeprecated(context, entry)
      return handler(rest, context, entry)
    }
    if (!entry.stored) {
      const handler = subresources[entry.resource]
      if (handler === undefined) throw methodNotSupported(info, info.verb)
      if (entry.verbs.every(verb => verb === 'create')) {
        if (info.name !== '') throw noSuchResource()
        if (info.verb !== 'create') throw methodNotAllowed()
      }
      // what is only posted has no Table
      if (info.verb === 'create') refuseTable(resourceRepresentation(context.exchange.headers.accept))
      // what can be listed has a path that watches too, and refuses to
      if (entry.verbs.includes(info.verb as never) || info.verb === 'watch') warnDeprecated(context, entry)
      return handler(rest, context, entry)
    }
    const verb = verbs[info.verb]
    if (verb === undefined || !entry.verbs.includes(info.verb as never)) throw methodNotAllowed()
    // what is created has no name in its path yet, what is changed has one
    if ((info.verb === 'create') === (info.name !== '') && !ofCollections.has(info.verb)) throw methodNotAllowed()
    if (entry.namespaced && info.namespace === '' && info.verb !== 'list' && info.verb !== 'watch')
      // a name or a write without its namespace is no path that upstream has
      throw info.name === '' ? methodNotAllowed() : noSuchResource()
    warnDeprecated(context, entry)
    return verb(rest, context, entry)
  }
}

/** Upstream says it where it has found a way that answers: not for a method, a path or an Accept header that it does not have. */
function warnDeprecated(context: RequestContext, { deprecation }: ResourceEntry): void {
  if (deprecation !== undefined && isAvailable(context.exchange.headers.accept)) warn(context, deprecation)
}

const ofCollections = new Set(['list', 'watch', 'deletecollection'])

/** Proxies take whatever method comes. */
const isConnect = (entry: ResourceEntry, subresource: string) =>
  Object.hasOwn(entry.subresources, subresource) && entry.subresources[subresource]?.verbs.includes('delete') === true

/** 405 of a path that knows other methods. */
export function methodNotAllowed(): ApiError {
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'the server does not allow this method on the requested resource',
    reason: 'MethodNotAllowed',
    details: {},
    code: 405,
  })
}
