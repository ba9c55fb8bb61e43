import type { Corpus } from '../differential/corpus.ts'
import { fileOf } from '../differential/corpus.ts'
import { placed } from '../differential/plan/plan.ts'
import { protobufBody } from '../differential/plan/protobuf-body.ts'
import { collectionOf, type Resource } from '../differential/resources.ts'
import { hostileJson, hostileKeys, hostilePath, hostileQuery } from './hostile.ts'
import { deepText, mutatedBytes, mutatedJson } from './mutate.ts'
import type { Random } from './random.ts'

export interface FuzzRequest {
  method: string
  path: string
  headers: Record<string, string>
  body?: Buffer
}

/** What the requests are about. */
export interface Target {
  resource: Resource
  corpus: Corpus
}

export const fuzzNamespace = 'fuzz'

const json = { 'content-type': 'application/json' }
const patches = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]
const accepts = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  '*/*',
  ';;;',
  'a/b;q=x',
  'application/json;as=__proto__;v=v1;g=meta.k8s.io',
  ','.repeat(1000),
]

/** One request that a client should not send. */
export function hostileRequest(random: Random, { resource, corpus }: Target): FuzzRequest {
  const base = placed(fileOf(corpus, resource)?.base ?? { metadata: { name: 'nothing' } }, resource, fuzzNamespace)
  const collection = collectionOf(resource, fuzzNamespace)
  const object = `${collection}/${base.metadata?.name ?? 'nothing'}`
  const request = shaped(random, base, collection, object)
  if (random.chance(0.15)) request.path = hostilePath(random, request.path.split('?')[0] as string)
  if (random.chance(0.4)) request.path += `${request.path.includes('?') ? '&' : '?'}${hostileQuery(random)}`
  if (random.chance(0.2)) request.headers.accept = random.pick(accepts)
  // a watch that is allowed would go on; the first of two values counts
  request.path = request.path.replace(/\?(?=.*\bwatch=)/, '?timeoutSeconds=1&')
  return request
}

function shaped(random: Random, base: unknown, collection: string, object: string): FuzzRequest {
  const text = () => Buffer.from(mutatedJson(random, base))
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
      return { method: 'POST', path: collection, headers: { ...json }, body: text() }
    case 3:
      return { method: 'POST', path: collection, headers: { ...json }, body: mutatedBytes(random, text()) }
    case 4:
      return {
        method: 'POST',
        path: collection,
        headers: { 'content-type': 'application/yaml' },
        body: random.chance(0.2) ? Buffer.from(hostileYaml(random)) : mutatedBytes(random, text()),
      }
    case 5: {
      const bytes = protobufBody(base) ?? Buffer.from('k8s\0')
      const headers = { 'content-type': 'application/vnd.kubernetes.protobuf' }
      return { method: 'POST', path: collection, headers, body: mutatedBytes(random, bytes) }
    }
    case 6:
      return { method: 'PUT', path: object, headers: { ...json }, body: text() }
    case 7:
    case 8:
      return {
        method: 'PATCH',
        path: `${object}${random.chance(0.3) ? '?fieldManager=fuzz&force=true' : ''}`,
        headers: { 'content-type': random.pick(patches) },
        body: random.chance(0.5) ? Buffer.from(jsonPatch(random)) : text(),
      }
    case 9:
      return {
        method: 'DELETE',
        path: random.chance(0.5) ? object : collection,
        headers: { ...json },
        body: Buffer.from(
          mutatedJson(random, {
            kind: 'DeleteOptions',
            apiVersion: 'v1',
            gracePeriodSeconds: 0,
            propagationPolicy: 'Background',
            preconditions: { uid: 'x' },
          }),
        ),
      }
    case 10:
      return random.chance(0.1)
        ? {
            method: random.pick(['POST', 'PUT', 'PATCH']),
            path: object,
            headers: { ...json },
            body: Buffer.from(deepText(random)),
          }
        : { method: random.pick(['PROPFIND', 'HEAD', 'OPTIONS', 'POST', 'GET']), path: object, headers: {} }
    default:
      return {
        method: 'GET',
        path: random.chance(0.5)
          ? `${collection}?${hostileQuery(random)}`
          : `${collection}?watch=1&${hostileQuery(random)}`,
        headers: {},
      }
  }
}

const pointers = [
  '',
  '/',
  '/metadata',
  '/metadata/labels',
  '/metadata/labels/a~1b',
  '/metadata/__proto__/x',
  '/spec/-',
  '/spec/0',
  '/~',
  '/~2',
  '/constructor/prototype',
  `/${'a/'.repeat(500)}`,
]

function jsonPatch(random: Random): string {
  const operations = Array.from({ length: 1 + random.below(4) }, () => {
    const operation = random.pick(['add', 'remove', 'replace', 'move', 'copy', 'test', 'invert', '__proto__'])
    return `{"op":"${operation}","path":${JSON.stringify(random.pick(pointers))},"from":${JSON.stringify(random.pick(pointers))},"value":${random.pick(hostileJson)}}`
  })
  return random.chance(0.02)
    ? `[${Array.from({ length: 11_000 }, () => operations[0]).join(',')}]`
    : `[${operations.join(',')}]`
}

/** Anchors that grow, tags, several documents, merge keys. */
function hostileYaml(random: Random): string {
  return random.pick([
    `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from('bcdefghi', (name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`).join('\n')}\n`,
    'a: &a\n  b: *a\n',
    '--- \nkind: ConfigMap\n---\nkind: Secret\n',
    '!!js/function "x"\n',
    `<<: {kind: ConfigMap}\n${random.pick(hostileKeys)}: 1\n`,
    '? [a, b]\n: c\n',
    '&a *a\n',
    '%YAML 9.9\n---\na: b\n',
    `${'- '.repeat(5000)}x\n`,
    `{${'a: {'.repeat(3000)}`,
    'a: !!binary "%%%"\nb: !!timestamp 2020\nc: 0o17\nd: .inf\ne: .nan\n',
    '\ufeffkind: ConfigMap\n',
  ])
}
