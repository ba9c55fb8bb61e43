import type { Readable } from 'node:stream'
import { builtinSchemas, decodeWatchFrame, openProtobuf, type ResourceEntry, sealProtobuf } from '@kubets/api-types'
import { parse, stringify } from 'yaml'

export type Encoding = 'JSON' | 'YAML' | 'protobuf'
export type Body = Record<string, unknown>

const types: Readonly<Record<Encoding, string>> = {
  JSON: 'application/json',
  YAML: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
}
export const encodings = Object.keys(types) as Encoding[]
export const contentType = (encoding: Encoding): string => types[encoding]

export const groupVersion = ({ group, version }: Pick<ResourceEntry, 'group' | 'version'>): string =>
  group === '' ? version : `${group}/${version}`

/** An object of a kind as a client sends it. */
export function encode(entry: ResourceEntry, encoding: Encoding, object: Body): Buffer {
  const body: Body = { apiVersion: groupVersion(entry), kind: entry.kind, ...object }
  if (encoding === 'JSON') return Buffer.from(JSON.stringify(body))
  if (encoding === 'YAML') return Buffer.from(stringify(body, { aliasDuplicateObjects: false, version: '1.1' }))
  return Buffer.from(
    sealProtobuf(groupVersion(entry), entry.kind, builtinSchemas.get(entry.schema).encodeProtobuf(body)),
  )
}

/** What an answer holds, whatever its encoding; lists and Status too. */
export function decode(entry: ResourceEntry, encoding: Encoding, bytes: Buffer): Body {
  if (encoding === 'JSON') return JSON.parse(bytes.toString('utf8')) as Body
  if (encoding === 'YAML') return parse(bytes.toString('utf8')) as Body
  const { apiVersion, kind, raw } = openProtobuf(bytes)
  const schema = kind === 'Status' ? 'io.k8s.apimachinery.pkg.apis.meta.v1.Status' : entry.schema
  const list = kind === `${entry.kind}List` ? 'List' : ''
  return { apiVersion, kind, ...builtinSchemas.get(`${schema}${list}`).decodeProtobuf(raw) }
}

/** One form for all encodings: upstream's JSON of it. */
export function canonical(entry: ResourceEntry, object: Body): Body {
  const value = JSON.parse(builtinSchemas.get(entry.schema).encode(object)) as Body
  // protobuf carries no kind and apiVersion of the objects inside an object, upstream's neither
  const { volumeClaimTemplates } = (value.spec ?? {}) as { volumeClaimTemplates?: Body[] }
  for (const claim of volumeClaimTemplates ?? []) {
    delete claim.kind
    delete claim.apiVersion
  }
  return value
}

/** The first event of a protobuf watch. */
export function firstFrame(entry: ResourceEntry, body: Readable): Promise<{ type: string; object: Body }> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0)
    body.once('error', reject)
    body.once('end', () => reject(new Error('the watch ended without an event')))
    body.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      const frame = decodeWatchFrame(bytes)
      if (frame === undefined) return
      resolve({ type: frame.type, object: decode(entry, 'protobuf', Buffer.from(frame.object)) })
    })
  })
}
