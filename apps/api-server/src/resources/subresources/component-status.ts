import {
  builtinSchemas,
  type ComponentStatus,
  type KubeObject,
  type ResourceEntry,
  sealProtobuf,
} from '@kubets/api-types'
import { methodNotSupported, notFound } from '@kubets/apimachinery'
import type { RequestContext } from '../../handlers/request-context.ts'
import { respondJson } from '../../handlers/respond.ts'
import { listOptions } from '../list-options.ts'
import { partialMetadata } from '../partial-metadata.ts'
import { objectProtobuf } from '../protobuf-form.ts'
import { type Representation, resourceRepresentation } from '../representation.ts'
import { respondMade, respondValue } from '../respond-object.ts'
import type { Rest } from '../rest.ts'
import { methodNotAllowed, type SubresourceHandler } from '../router.ts'
import { selection } from '../selection.ts'
import { includeObject, table } from '../table.ts'
import type { ComponentCheck } from './component-checks.ts'

/** ComponentStatus objects are made of what the parts of the control plane answer now. */
export function componentStatus(checks: Readonly<Record<string, ComponentCheck>>): SubresourceHandler {
  return async (rest, context, entry) => {
    const { info } = context
    if (info.verb === 'get') {
      const check = Object.hasOwn(checks, info.name) ? checks[info.name] : undefined
      if (check === undefined) throw notFound('componentstatus', info.name)
      return respondOne(rest, context, entry, await ask(rest, info.name, check))
    }
    if (info.verb !== 'list' && info.verb !== 'watch') throw methodNotAllowed()
    // what it says of versions, pages and selectors is read, and has no effect
    listOptions(info.query, info.verb)
    const chosen = selection(entry, info)
    if (info.verb === 'watch') throw methodNotSupported(info, 'watch')
    const all = await Promise.all(Object.entries(checks).map(([name, check]) => ask(rest, name, check)))
    const matching = all.filter(object => chosen.matches({ labels: {}, fields: entry.selectableFields(object) }))
    return respondAll(rest, context, entry, matching)
  }
}

async function ask(rest: Rest, name: string, check: ComponentCheck): Promise<ComponentStatus> {
  const { status, message, error } = await check(rest)
  const condition = { type: 'Healthy', status, ...(message ? { message } : {}), ...(error ? { error } : {}) }
  return { kind: 'ComponentStatus', apiVersion: 'v1', metadata: { name }, conditions: [condition] }
}

const tableOf = (
  rest: Rest,
  { info }: RequestContext,
  entry: ResourceEntry,
  form: Representation,
  objects: KubeObject[],
) =>
  table(rest.codec, entry, form.version, objects, { resourceVersion: '' }, includeObject(info.query), rest.clock.now())

function respondOne(rest: Rest, context: RequestContext, entry: ResourceEntry, object: ComponentStatus) {
  const form = resourceRepresentation(context.exchange.headers.accept)
  if (form.as === 'Object') return respondValue(context, 200, object)
  if (form.encoding === 'protobuf')
    return respondJson(context, 200, objectProtobuf(rest, entry, form, object), form.contentType)
  if (form.as === 'Table') return respondMade(context, form, tableOf(rest, context, entry, form, [object]))
  return respondMade(context, form, partialMetadata(entry, object, form.version))
}

function respondAll(rest: Rest, context: RequestContext, entry: ResourceEntry, objects: ComponentStatus[]) {
  const form = resourceRepresentation(context.exchange.headers.accept)
  if (form.as === 'Object') {
    // items of a list carry neither kind nor version
    const items = objects.map(({ metadata, conditions }) => ({ metadata, conditions }))
    const list = { kind: 'ComponentStatusList', apiVersion: 'v1', metadata: {}, items }
    return respondValue(context, 200, list)
  }
  if (form.as === 'Table') {
    return respondMade(context, form, tableOf(rest, context, entry, form, objects))
  }
  const apiVersion = `meta.k8s.io/${form.version}`
  const kind = 'PartialObjectMetadataList'
  const list = { kind, apiVersion, metadata: {}, items: objects.map(one => partialMetadata(entry, one, form.version)) }
  if (form.encoding !== 'protobuf') return respondMade(context, form, list)
  const schema = builtinSchemas.get(`io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`)
  return respondJson(context, 200, sealProtobuf(apiVersion, kind, schema.encodeProtobuf(list)), form.contentType)
}
