import { createHash } from 'node:crypto'
import { builtinSchemas, type Catalogue, sealProtobuf } from '@kubets/api-types'
import { noSuchResource } from '@kubets/apimachinery'
import type { Handler } from '../handlers/dispatch.ts'
import { respondPageNotFound } from '../handlers/page-not-found.ts'
import type { RequestContext } from '../handlers/request-context.ts'
import { respondJson, respondLine } from '../handlers/respond.ts'
import { negotiator, type Representation } from '../resources/representation.ts'
import { methodNotAllowed } from '../resources/router.ts'
import { yamlText } from '../resources/yaml-text.ts'
import { aggregatedDiscovery } from './aggregated.ts'
import { type DiscoveredGroup, groupsOf } from './groups.ts'
import { apiGroup, apiGroupList, apiResourceList, apiVersions } from './legacy.ts'

export interface DiscoveryOptions {
  catalogue: Catalogue
  /** `host:port` that clients reach us at. */
  address(): string
}

/** One answer in all its forms, each made when it is first asked for. */
interface Document {
  readonly value: { readonly kind: string }
  /** Set for the aggregated ones: a client that has it need not read it again. */
  readonly etag: string | undefined
  readonly forms: Map<Representation['encoding'], string | Uint8Array>
}

const representation = negotiator({ APIGroupDiscoveryList: ['apidiscovery.k8s.io/v2'] }, 'spoken')

/** `/api`, `/apis` (each also as one aggregated document), `/api/v1`, `/apis/<group>`, `/apis/<group>/<version>`. */
export function discovery({ catalogue, address }: DiscoveryOptions): Handler {
  const groups = groupsOf(catalogue)
  const documents = new Map<string, Document | undefined>()
  const remembered = (path: string, aggregated: boolean): Document | undefined => {
    const key = aggregated ? `${path} aggregated` : path
    // paths that are not ours are not remembered: anybody can make up any number of them
    const known = documents.get(key)
    if (known !== undefined) return known
    const value = aggregated ? aggregatedDiscovery(partOf(groups, path)) : legacyDocument(groups, path, address)
    if (value === undefined) return undefined
    const document = { value, etag: aggregated ? etagOf(value) : undefined, forms: new Map() }
    documents.set(key, document)
    return document
  }
  return context => {
    const { exchange, info } = context
    const path = info.path.endsWith('/') ? info.path.slice(0, -1) : info.path
    // upstream's aggregator answers groups itself, whatever the method
    if (exchange.method !== 'GET' && !/^\/apis(\/[^/]+)?$/.test(path)) throw methodNotAllowed()
    const form = representation(exchange.headers.accept)
    const aggregated = form.as === 'APIGroupDiscoveryList' && (path === '/api' || path === '/apis')
    const document = remembered(path, aggregated)
    if (document === undefined) {
      const [, root, group] = path.split('/')
      if (root === 'apis' && !groups.some(g => g.name === group && group !== '')) return respondPageNotFound(context)
      throw noSuchResource()
    }
    return answer(context, document, form)
  }
}

const partOf = (groups: readonly DiscoveredGroup[], path: string) =>
  groups.filter(({ name }) => (path === '/api') === (name === ''))

function legacyDocument(
  groups: readonly DiscoveredGroup[],
  path: string,
  address: () => string,
): { kind: string } | undefined {
  if (path === '/api') return apiVersions(address())
  if (path === '/apis') return apiGroupList(partOf(groups, path))
  const [, root, ...rest] = path.split('/')
  const [name, version, ...more] = root === 'api' ? ['', ...rest] : rest
  const group = groups.find(g => g.name === name)
  if (group === undefined || more.length > 0 || (root === 'apis' && name === '')) return undefined
  if (version === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) } as { kind: string }
  const entries = group.versions.get(version)
  return entries === undefined ? undefined : apiResourceList(group.name, version, entries)
}

const etagOf = (value: object) => `"${createHash('sha512').update(JSON.stringify(value)).digest('hex').toUpperCase()}"`

function answer(context: RequestContext, document: Document, form: Representation): undefined | Promise<void> {
  const { exchange } = context
  if (document.etag !== undefined) {
    exchange.setHeader('etag', document.etag)
    exchange.setHeader('vary', 'Accept')
    if (exchange.headers['if-none-match'] === document.etag) {
      exchange.setHeader('cache-control', 'public')
      exchange.respond(304, '', '')
      return undefined
    }
  }
  const cacheControl = document.etag === undefined ? undefined : 'public'
  const known = document.forms.get(form.encoding)
  if (form.encoding === 'json') {
    const line = known ?? remember(document, 'json', `${JSON.stringify(document.value)}\n`)
    return respondLine(context, 200, form, line, cacheControl)
  }
  const send = (body: string | Uint8Array) => respondJson(context, 200, body, form.contentType, cacheControl)
  if (known !== undefined) return send(known)
  if (form.encoding === 'yaml') return yamlText(document.value).then(text => send(remember(document, 'yaml', text)))
  return send(remember(document, 'protobuf', protobuf(document.value)))
}

function remember<T extends string | Uint8Array>(document: Document, encoding: Representation['encoding'], body: T): T {
  document.forms.set(encoding, body)
  return body
}

function protobuf(value: { kind: string; apiVersion?: string }): Uint8Array {
  const { kind, apiVersion = '' } = value
  const schema = apiVersion.startsWith('apidiscovery')
    ? 'io.k8s.api.apidiscovery.v2'
    : 'io.k8s.apimachinery.pkg.apis.meta.v1'
  return sealProtobuf(apiVersion, kind, builtinSchemas.get(`${schema}.${kind}`).encodeProtobuf(value))
}
