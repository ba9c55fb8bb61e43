import { createHash } from 'node:crypto'
import type { Catalogue, ResourceEntry } from '@kubets/api-types'
import { noSuchResource } from '@kubets/apimachinery'
import type { Handler } from '../handlers/dispatch.ts'
import type { RequestContext } from '../handlers/request-context.ts'
import { respondJson } from '../handlers/respond.ts'
import { negotiator } from '../resources/representation.ts'
import { methodNotAllowed } from '../resources/router.ts'
import { aggregatedDiscovery } from './aggregated.ts'
import { apiGroup, apiGroupList, apiResourceList, apiVersions } from './legacy.ts'

export interface DiscoveryOptions {
  catalogue: Catalogue
  /** `host:port` that clients reach us at. */
  address(): string
}

const representation = negotiator({
  APIGroupDiscoveryList: ['apidiscovery.k8s.io/v2', 'apidiscovery.k8s.io/v2beta1'],
})

/** `/api`, `/apis` (each also as one aggregated document), `/api/v1`, `/apis/<group>`, `/apis/<group>/<version>`. */
export function discovery({ catalogue, address }: DiscoveryOptions): Handler {
  const groups = groupsOf(catalogue)
  const documents = new Map<string, { body: string; etag: string }>()
  const remembered = (key: string, make: () => object) => {
    let known = documents.get(key)
    if (known === undefined) {
      const body = JSON.stringify(make())
      known = { body, etag: `"${createHash('sha512').update(body).digest('hex').toUpperCase().slice(0, 64)}"` }
      documents.set(key, known)
    }
    return known
  }
  return context => {
    const { exchange, info } = context
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD') throw methodNotAllowed()
    const [root, group, version, ...more] = info.path.split('/').filter(s => s !== '')
    if (more.length > 0) throw noSuchResource()
    if (group === undefined) {
      const form = representation(exchange.headers.accept)
      if (form.as === 'APIGroupDiscoveryList') {
        const which = root === 'api' ? groups.filter(g => g.name === '') : groups.filter(g => g.name !== '')
        return answer(
          context,
          remembered(`${root} ${form.version}`, () => aggregatedDiscovery(which, form.version)),
          form.contentType,
        )
      }
      if (root === 'api')
        return answer(
          context,
          remembered('/api', () => apiVersions(address())),
        )
      return answer(
        context,
        remembered('/apis', () => apiGroupList(groups.filter(g => g.name !== ''))),
      )
    }
    if (root === 'api') {
      const core = groups.find(g => g.name === '')
      if (version !== undefined || core === undefined || !core.versions.has(group)) throw noSuchResource()
      return answer(
        context,
        remembered(`/api/${group}`, () => apiResourceList('', group, core.versions.get(group) ?? [])),
      )
    }
    const found = groups.find(g => g.name === group && g.name !== '')
    if (found === undefined) throw noSuchResource()
    if (version === undefined)
      return answer(
        context,
        remembered(`/apis/${group}`, () => ({ kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(found) })),
      )
    const entries = found.versions.get(version)
    if (entries === undefined) throw noSuchResource()
    return answer(
      context,
      remembered(`/apis/${group}/${version}`, () => apiResourceList(group, version, entries)),
    )
  }
}

function answer(context: RequestContext, document: { body: string; etag: string }, type?: string): undefined {
  const { exchange } = context
  exchange.setHeader('etag', document.etag)
  exchange.setHeader('vary', 'Accept')
  if (exchange.headers['if-none-match'] === document.etag) {
    exchange.respond(304, '', '')
    return undefined
  }
  return respondJson(context, 200, document.body, type)
}

/** One group with its versions, newest first, and their entries. */
export interface DiscoveredGroup {
  name: string
  versions: Map<string, ResourceEntry[]>
}

function groupsOf(catalogue: Catalogue): DiscoveredGroup[] {
  const groups = new Map<string, DiscoveredGroup>()
  for (const entry of catalogue.entries) {
    const group = groups.get(entry.group) ?? { name: entry.group, versions: new Map<string, ResourceEntry[]>() }
    groups.set(entry.group, group)
    const entries = group.versions.get(entry.version) ?? []
    entries.push(entry)
    group.versions.set(entry.version, entries)
  }
  for (const { versions } of groups.values())
    for (const entries of versions.values()) entries.sort((a, b) => (a.resource < b.resource ? -1 : 1))
  return [...groups.values()]
}

/** All paths that discovery answers, for `/`. */
export function discoveryPaths(catalogue: Catalogue): string[] {
  const paths = ['/api', '/apis']
  for (const { name, versions } of groupsOf(catalogue)) {
    if (name !== '') paths.push(`/apis/${name}`)
    for (const version of versions.keys()) paths.push(name === '' ? `/api/${version}` : `/apis/${name}/${version}`)
  }
  return paths
}
