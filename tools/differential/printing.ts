import { differences } from './compare.ts'
import type { Exchange, Request } from './exchange.ts'
import { layoutOf } from './layout.ts'
import type { Normal } from './normalize.ts'
import type { Pair } from './pair.ts'
import type { Result } from './result.ts'

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const metadata = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'
const metadataList = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'
const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
const collection = '/api/v1/namespaces/kube-system/configmaps'
const namespace = '/api/v1/namespaces/default'

/** One answer of each kind: where it is, and the form that is accepted. */
const answers: readonly (readonly [about: string, path: string, accept?: string])[] = [
  ['an object', namespace],
  ['an object as a Table', namespace, table],
  ['metadata', namespace, metadata],
  ['YAML', namespace, 'application/yaml'],
  ['protobuf', namespace, 'application/vnd.kubernetes.protobuf'],
  ['a LIST', collection],
  ['an empty LIST', '/api/v1/namespaces/nowhere/configmaps'],
  ['a LIST as a Table', collection, table],
  ['an empty LIST as a Table', '/api/v1/namespaces/nowhere/configmaps', table],
  ['a LIST of metadata', collection, metadataList],
  ['a 404', `${namespace}/configmaps/missing`],
  ['a 404 for who wants a Table only', `${namespace}/configmaps/missing`, table],
  ['a 404 for who wants a Table or else JSON', `${namespace}/configmaps/missing`, `${table},application/json`],
  ['a 404 as YAML', `${namespace}/configmaps/missing`, 'application/yaml'],
  ['a 400', `${collection}?labelSelector=a%20b%20c`],
  ['a 406', namespace, 'text/html'],
  ['a 406 of a form', namespace, metadataList],
  ['a refused watch', `${collection}?watch=1&resourceVersion=x`],
  ['/api', '/api'],
  ['/apis', '/apis'],
  ['/api/v1', '/api/v1'],
  ['/apis/apps', '/apis/apps'],
  ['/apis/apps/v1', '/apis/apps/v1'],
  ['/api, aggregated', '/api', aggregated],
  ['/apis, aggregated', '/apis', aggregated],
  ['a version that is not there', '/apis/apps/v2'],
  ['/', '/'],
  ['/version', '/version'],
  ['/openapi/v2', '/openapi/v2', 'application/json'],
  ['/openapi/v3', '/openapi/v3'],
  ['/openapi/v3/version', '/openapi/v3/version', 'application/json'],
  ['the issuer', '/.well-known/openid-configuration'],
  ['keys', '/openid/v1/jwks'],
  ['health', '/livez'],
]

const ways: readonly (readonly [about: string, query: string, userAgent?: string])[] = [
  ['in one line', ''],
  ['pretty', 'pretty=true'],
  ['for curl', '', 'curl/8.5.0'],
  ['for curl, not pretty', 'pretty=false', 'curl/8.5.0'],
]

const words = ['true', 'True', 'TRUE', 'tRUE', 't', '1', '%31', 'false', '0', 'x', '', '+1', '1;x', '%zz', '0&pretty=1']

const programs = [
  ...[
    'curl',
    'curl/8.5.0',
    'curly',
    'Curl/8',
    'libcurl/8',
    'Wget/1.21',
    'wget/1.21',
    'Mozilla/5.0 (X11)',
    'Mozilla/4.0',
  ],
  'kubectl/v1.36.1',
]

interface Asked {
  about: string
  request: Request
}

/** Who gets JSON printed for people, and which answers are: how they are laid out is compared here, what they say elsewhere. */
export async function printingResults({ upstream, kubets }: Pair, label: string): Promise<Result[]> {
  const results: Result[] = []
  for (const { about, request } of asked()) {
    const [theirs, ours] = await Promise.all([printed(upstream, request), printed(kubets, request)])
    const found = differences(theirs, ours)
    const named = { kind: `printing${label}`, verb: 'get', about }
    results.push(
      found.length === 0
        ? { ...named, outcome: 'equal' }
        : { ...named, outcome: 'different', request, differences: found },
    )
  }
  return results
}

async function printed(exchange: Exchange, request: Request): Promise<Normal> {
  const { status, headers, body } = await exchange.send(request)
  const type = headers['content-type']
  const layout = layoutOf(body.toString('utf8'))
  return { status, headers: { 'content-type': type }, ...(layout === undefined ? {} : { layout }), body: '' }
}

function asked(): Asked[] {
  const one = (about: string, path: string, query: string, headers: Record<string, string>): Asked => ({
    about,
    request: { method: 'GET', path: query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`, headers },
  })
  const agent = (userAgent: string | undefined) => (userAgent === undefined ? {} : { 'user-agent': userAgent })
  return [
    ...answers.flatMap(([about, path, accept]) =>
      ways.map(([way, query, userAgent]) =>
        one(`${about}, ${way}`, path, query, { ...agent(userAgent), ...(accept === undefined ? {} : { accept }) }),
      ),
    ),
    ...words.flatMap(word =>
      [undefined, 'curl/8.5.0'].map(userAgent =>
        one(
          `pretty=${word}${userAgent === undefined ? '' : ' for curl'}`,
          namespace,
          `pretty=${word}`,
          agent(userAgent),
        ),
      ),
    ),
    ...programs.map(userAgent => one(`for ${userAgent}`, namespace, '', agent(userAgent))),
    one('pretty without a value, for curl', namespace, 'pretty', agent('curl')),
    one('an escaped name', namespace, '%70retty=1', {}),
    one('another case', namespace, 'Pretty=1', {}),
    ...['1', 'true', '0'].map(value =>
      one(`accepted with pretty=${value}`, namespace, '', { accept: `application/json;pretty=${value}` }),
    ),
    one('accepted with pretty=1, asked not to be', namespace, 'pretty=0', { accept: 'application/json;pretty=1' }),
  ]
}
