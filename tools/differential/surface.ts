import { type Difference, walk } from './compare.ts'
import type { Exchange } from './exchange.ts'
import { withoutChanceIn } from './normalize.ts'
import { type Answers, ask, newMemory, type Pair } from './pair.ts'
import type { Json, Step } from './plan/step.ts'
import { printingResults } from './printing.ts'
import { type Resource, titleOf } from './resources.ts'
import type { Result } from './result.ts'

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/** What is not about one kind: discovery, OpenAPI, the version, health, paths that are not there. */
export async function surfaceResults(pair: Pair, label: string, heard: (answers: Answers) => void): Promise<Result[]> {
  return [
    ...(await plainResults(pair, label, heard)),
    ...(await printingResults(pair, label)),
    ...(await legacyDiscovery(pair, label)),
    ...(await aggregatedDiscovery(pair, label)),
    ...(await openApiV3(pair, label)),
    ...(await openApiV2(pair, label)),
  ]
}

async function plainResults(pair: Pair, label: string, heard: (answers: Answers) => void): Promise<Result[]> {
  const get = (path: string, headers?: Record<string, string>, method = 'GET', body?: unknown): Step => ({
    verb: 'get',
    about: `${method === 'GET' ? '' : `${method} `}${path}${headers ? ` ${Object.values(headers).join(' ')}` : ''}`,
    request: { method, path, ...(headers ? { headers } : {}), ...(body === undefined ? {} : { body }) },
  })
  const steps = [
    get('/'),
    get('/api'),
    get('/api/'),
    get('/api/v1', { accept: 'application/yaml' }),
    ...['/api', '/apis', '/api/v1', '/apis/apps', '/apis/apps/v1', '/apis/networking.k8s.io/v1', '/apis/unheard'].map(
      path => get(path, { accept: 'application/vnd.kubernetes.protobuf' }),
    ),
    get('/api', { accept: 'text/html' }),
    get('/api/v2'),
    get('/apis/unheard'),
    get('/apis/unheard/v1'),
    get('/apis/apps'),
    get('/apis/apps/'),
    get('/apis/apps/v2'),
    get('/apis/apps/v1/unheard'),
    get('/api/v1/unheard'),
    get('/api/v1/namespaces/default/unheard'),
    get('/api/v1/namespaces/default/pods/x/unheard'),
    get('/unheard'),
    get('/api', undefined, 'POST', {}),
    get('/apis', undefined, 'DELETE'),
    get('/version'),
    get('/version/'),
    get('/healthz'),
    get('/livez'),
    get('/readyz'),
    get('/readyz/ping'),
    get('/readyz/unheard'),
    get('/openapi'),
    get('/openapi/v2', { accept: 'text/html' }),
    get('/openapi/v3/unheard'),
    get('/swagger.json'),
    get('/.well-known/openid-configuration'),
    get('/openid/v1/jwks'),
    get('/api/v1/watch/pods?timeoutSeconds=1'),
    get('/api/v1/watch/namespaces/default/pods?timeoutSeconds=1'),
    get('/api/v1/proxy/nodes/x'),
    get('/api/v1/namespaces//pods'),
    get('/api/v1/namespaces/default/pods/'),
    get('/api/v1/namespaces/default/pods/..%2f..'),
  ]
  const results: Result[] = []
  for (const step of steps) results.push(await ask(pair, `surface${label}`, step, newMemory(), heard))
  return results
}

async function legacyDiscovery(pair: Pair, label: string): Promise<Result[]> {
  const kind = `discovery${label}`
  const [upstream, kubets] = await both(pair, exchange => json(exchange, '/apis'))
  const results = entries(kind, 'group', byName(upstream?.groups, 'name'), byName(kubets?.groups, 'name'))
  results.push(single(kind, 'order', 'groups of /apis', names(upstream?.groups), names(kubets?.groups)))
  const versions: string[] = [
    '/api/v1',
    ...(upstream?.groups ?? []).flatMap((group: Json) => group.versions.map((v: Json) => `/apis/${v.groupVersion}`)),
  ]
  for (const path of versions) {
    const [up, own] = await both(pair, exchange => json(exchange, path))
    results.push(...entries(kind, path, byName(up?.resources, 'name'), byName(own?.resources, 'name')))
    results.push(single(kind, 'order', path, names(up?.resources), names(own?.resources)))
  }
  return results
}

async function aggregatedDiscovery(pair: Pair, label: string): Promise<Result[]> {
  const kind = `aggregated discovery${label}`
  const results: Result[] = []
  for (const path of ['/api', '/apis']) {
    const [up, own] = await both(pair, exchange => json(exchange, path, aggregated))
    const flat = (list: Json) =>
      new Map<string, Json>(
        (list?.items ?? []).flatMap((group: Json) =>
          (group.versions ?? []).flatMap((version: Json) => [
            [`${group.metadata?.name ?? ''}/${version.version}`, { ...version, resources: undefined }],
            ...(version.resources ?? []).map((resource: Json) => [
              `${group.metadata?.name ?? ''}/${version.version} ${resource.resource}`,
              resource,
            ]),
          ]),
        ),
      )
    results.push(...entries(kind, path, flat(up), flat(own)))
    results.push(single(kind, 'order', path, [...flat(up).keys()], [...flat(own).keys()]))
  }
  return results
}

async function openApiV3(pair: Pair, label: string): Promise<Result[]> {
  const kind = `openapi v3${label}`
  const [up, own] = await both(pair, exchange => json(exchange, '/openapi/v3'))
  const keys = (index: Json) => new Map<string, Json>(Object.keys(index?.paths ?? {}).map(path => [path, true]))
  const results = entries(kind, 'index', keys(up), keys(own))
  for (const path of Object.keys(up?.paths ?? {})) {
    const at = (index: Json) => index?.paths?.[path]?.serverRelativeURL
    if (at(own) === undefined) continue
    const [theirs, ours] = await Promise.all([json(pair.upstream, at(up)), json(pair.kubets, at(own))])
    for (const part of ['paths', 'components.schemas', 'components.securitySchemes'] as const)
      results.push(...entries(kind, `${path} ${part}`, members(theirs, part), members(ours, part)))
  }
  return results
}

async function openApiV2(pair: Pair, label: string): Promise<Result[]> {
  const kind = `openapi v2${label}`
  const [up, own] = await both(pair, async exchange =>
    resolved(await json(exchange, '/openapi/v2', 'application/json')),
  )
  return [
    ...(['paths', 'definitions', 'securityDefinitions'] as const).flatMap(part =>
      entries(kind, part, members(up, part), members(own, part)),
    ),
    single(kind, 'head', 'the rest', { ...up, paths: 0, definitions: 0 }, { ...own, paths: 0, definitions: 0 }),
  ]
}

/** Shared parameters put where they are used: which are shared is a matter of size. */
function resolved(document: Json): Json {
  const parameters = document?.parameters ?? {}
  const put = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(put)
    if (value === null || typeof value !== 'object') return value
    const name = typeof value.$ref === 'string' && /^#\/parameters\/(.+)$/.exec(value.$ref)?.[1]
    if (name) return parameters[name]
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, put(member)]))
  }
  return document && { ...document, paths: put(document.paths), parameters: undefined }
}

/** What stands before anybody has written, by kind. */
export async function bootstrapResults(pair: Pair, resources: readonly Resource[]): Promise<Result[]> {
  const results: Result[] = []
  for (const resource of resources.filter(each => each.verbs.includes('list'))) {
    const path = `${resource.group === '' ? '/api' : `/apis/${resource.group}`}/${resource.version}/${resource.name}`
    const [up, own] = await both(pair, exchange => json(exchange, path))
    const keyed = (list: Json) =>
      new Map<string, Json>(
        (list?.items ?? []).map((item: Json) => [
          `${item.metadata.namespace ?? ''}/${item.metadata.name}`,
          withoutChanceIn(item, ''),
        ]),
      )
    results.push(...entries(titleOf(resource), 'bootstrap', keyed(up), keyed(own)))
  }
  return results
}

function entries(
  kind: string,
  verb: string,
  upstream: ReadonlyMap<string, Json>,
  kubets: ReadonlyMap<string, Json>,
): Result[] {
  return [...new Set([...upstream.keys(), ...kubets.keys()])].map(about => {
    if (!kubets.has(about)) return { kind, verb, about, outcome: 'absent' }
    if (!upstream.has(about))
      return {
        kind,
        verb,
        about,
        outcome: 'different',
        differences: [{ path: 'entry', upstream: undefined, kubets: 'there' }],
      }
    return single(kind, verb, about, upstream.get(about), kubets.get(about))
  })
}

function single(kind: string, verb: string, about: string, upstream: unknown, kubets: unknown): Result {
  const found: Difference[] = []
  walk(withoutProse(upstream), withoutProse(kubets), '', found)
  return found.length === 0
    ? { kind, verb, about, outcome: 'equal' }
    : { kind, verb, about, outcome: 'different', differences: found }
}

/** Descriptions of schemas are not compared; a property of that name is no description. */
function withoutProse(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutProse)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      key === 'description' && typeof member === 'string' ? [] : [[key, withoutProse(member)]],
    ),
  )
}

const names = (list: Json): string[] => (list ?? []).map((item: Json) => item.name)

const byName = (list: Json, field: string) =>
  new Map<string, Json>((list ?? []).map((item: Json) => [item[field], item]))

function members(document: Json, part: string): Map<string, Json> {
  const found = part.split('.').reduce((at, key) => at?.[key], document)
  return new Map(Object.entries(found ?? {}))
}

const both = <T>(pair: Pair, get: (exchange: Exchange) => Promise<T>): Promise<[T, T]> =>
  Promise.all([get(pair.upstream), get(pair.kubets)])

async function json(exchange: Exchange, path: string, accept = 'application/json'): Promise<Json> {
  const answer = await exchange.send({ method: 'GET', path, headers: { accept } })
  try {
    return answer.status === 200 ? JSON.parse(answer.body.toString('utf8')) : undefined
  } catch {
    return undefined
  }
}
