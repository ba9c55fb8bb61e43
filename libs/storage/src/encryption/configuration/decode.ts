import { goQuote } from '@kubets/apimachinery'
import type { EncryptionConfiguration } from './types.ts'

/** What may stand where. Members of other names are errors, as are values of other types. */
type Shape =
  | 'string'
  | 'int32'
  | 'duration'
  | { readonly list: Shape }
  | { readonly members: Readonly<Record<string, Shape>> }

const keys: Shape = { members: { keys: { list: { members: { name: 'string', secret: 'string' } } } } }

const configuration: Shape = {
  members: {
    kind: 'string',
    apiVersion: 'string',
    resources: {
      list: {
        members: {
          resources: { list: 'string' },
          providers: {
            list: {
              members: {
                aesgcm: keys,
                aescbc: keys,
                secretbox: keys,
                identity: { members: {} },
                kms: {
                  members: {
                    apiVersion: 'string',
                    name: 'string',
                    cachesize: 'int32',
                    endpoint: 'string',
                    timeout: 'duration',
                  },
                },
              },
            },
          },
        },
      },
    },
  },
}

/**
 * Reads YAML or JSON, strictly. No error quotes what stands in the text: there are keys in it. `EncryptionConfig` of v1 is the kind's old
 * name, which its documentation once had.
 */
export async function decodeConfiguration(text: string): Promise<EncryptionConfiguration> {
  const value = await parseYaml(text)
  const kind = isObject(value) && typeof value.kind === 'string' ? value.kind : ''
  const version = isObject(value) && typeof value.apiVersion === 'string' ? value.apiVersion : ''
  if (kind === '') throw new Error("Object 'Kind' is missing")
  if (version === '') throw new Error("Object 'apiVersion' is missing")
  const known =
    (kind === 'EncryptionConfiguration' && version === 'apiserver.config.k8s.io/v1') ||
    (kind === 'EncryptionConfig' && version === 'v1')
  if (!known)
    throw new Error(
      `no kind ${goQuote(kind)} is registered for version ${goQuote(version)} in scheme "pkg/runtime/scheme.go:111"`,
    )
  const unknown: string[] = []
  const read = convert(configuration, value, '', unknown)
  if (unknown.length > 0)
    throw new Error(`strict decoding error: ${unknown.map(path => `unknown field ${goQuote(path)}`).join(', ')}`)
  return complete(read as Partial<EncryptionConfiguration>)
}

async function parseYaml(text: string): Promise<unknown> {
  const { parseDocument } = await import('yaml')
  // errors of the pretty kind show the lines around them
  const document = parseDocument(text, { prettyErrors: false, version: '1.1', logLevel: 'silent' })
  const [error] = document.errors
  if (error !== undefined)
    throw new Error(`error converting YAML to JSON: yaml: ${error.code.toLowerCase()} at offset ${error.pos[0]}`)
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch {
    throw new Error('error converting YAML to JSON: yaml: an alias cannot be resolved')
  }
}

function convert(shape: Shape, value: unknown, path: string, unknown: string[]): unknown {
  if (value === null || value === undefined) return undefined
  if (shape === 'string') {
    if (typeof value !== 'string') throw mismatch(value, path, 'string')
    return value
  }
  if (shape === 'int32') {
    if (typeof value !== 'number' || (value | 0) !== value) throw mismatch(value, path, 'int32')
    return value
  }
  if (shape === 'duration') {
    const ms = typeof value === 'string' ? duration(value) : undefined
    if (ms === undefined) throw mismatch(value, path, 'v1.Duration')
    return ms
  }
  if ('list' in shape) {
    if (!Array.isArray(value)) throw mismatch(value, path, 'list')
    return value.map((one, i) => convert(shape.list, one, `${path}[${i}]`, unknown))
  }
  if (!isObject(value)) throw mismatch(value, path, 'object')
  const found: Record<string, unknown> = {}
  for (const [name, one] of Object.entries(value)) {
    const at = path === '' ? name : `${path}.${name}`
    const member = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined
    if (member === undefined) unknown.push(at)
    else {
      const converted = convert(member, one, at, unknown)
      if (converted !== undefined) found[name] = converted
    }
  }
  return found
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function mismatch(value: unknown, path: string, wanted: string): Error {
  const type = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  return new Error(`json: cannot unmarshal ${type} into field ${path} of type ${wanted}`)
}

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
}

/** Go's form in milliseconds. */
function duration(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^[+-]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g))
    total += Number(amount) * (units[unit as string] as number)
  return text.startsWith('-') ? -total : total
}

/** Lists and texts that are absent are empty; a KMS gets its defaults. */
function complete(read: Partial<EncryptionConfiguration>): EncryptionConfiguration {
  const withKeys = (given: { keys?: { name?: string; secret?: string }[] }) => ({
    keys: (given.keys ?? []).map(key => ({ name: key?.name ?? '', secret: key?.secret ?? '' })),
  })
  return {
    resources: (read.resources ?? []).map(one => ({
      resources: (one?.resources ?? []).map(name => name ?? ''),
      providers: (one?.providers ?? []).map(provider => {
        const { aesgcm, aescbc, secretbox, identity, kms } = provider ?? {}
        const apiVersion = kms?.apiVersion || 'v1'
        const cachesize = kms?.cachesize ?? (apiVersion === 'v1' ? 1000 : undefined)
        return {
          ...(aesgcm ? { aesgcm: withKeys(aesgcm) } : {}),
          ...(aescbc ? { aescbc: withKeys(aescbc) } : {}),
          ...(secretbox ? { secretbox: withKeys(secretbox) } : {}),
          ...(identity ? { identity } : {}),
          ...(kms
            ? {
                kms: {
                  apiVersion,
                  name: kms.name ?? '',
                  endpoint: kms.endpoint ?? '',
                  timeout: kms.timeout ?? 3_000,
                  ...(cachesize === undefined ? {} : { cachesize }),
                },
              }
            : {}),
        }
      }),
    })),
  }
}
