import type { AuthenticationConfiguration } from './contract.ts'

const group = 'apiserver.config.k8s.io'
const versions = ['v1', 'v1beta1', 'v1alpha1']

/** What a document may have: a text, a boolean, a list of something, members. */
type Shape = 'text' | 'boolean' | readonly [Shape] | { readonly [member: string]: Shape }

const claimOrExpression = { claim: 'text', prefix: 'text', expression: 'text' } as const
const document = {
  apiVersion: 'text',
  kind: 'text',
  jwt: [
    {
      issuer: {
        url: 'text',
        discoveryURL: 'text',
        certificateAuthority: 'text',
        audiences: ['text'],
        audienceMatchPolicy: 'text',
        egressSelectorType: 'text',
      },
      claimValidationRules: [{ claim: 'text', requiredValue: 'text', expression: 'text', message: 'text' }],
      claimMappings: {
        username: claimOrExpression,
        groups: claimOrExpression,
        uid: { claim: 'text', expression: 'text' },
        extra: [{ key: 'text', valueExpression: 'text' }],
      },
      userValidationRules: [{ expression: 'text', message: 'text' }],
    },
  ],
  anonymous: { enabled: 'boolean', conditions: [{ path: 'text' }] },
} as const satisfies Shape

/** Reads an `AuthenticationConfiguration` (YAML or JSON), strictly. @throws Error with upstream's text. */
export async function loadAuthenticationConfiguration(text: string): Promise<AuthenticationConfiguration> {
  if (text === '') throw new Error('empty config data')
  const { parse } = await import('yaml')
  const value: unknown = parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error("Object 'Kind' is missing")
  const { kind, apiVersion } = value as { kind?: unknown; apiVersion?: unknown }
  if (typeof kind !== 'string' || kind === '') throw new Error("Object 'Kind' is missing")
  if (typeof apiVersion !== 'string' || apiVersion === '') throw new Error("Object 'apiVersion' is missing")
  if (kind !== 'AuthenticationConfiguration' || !versions.some(version => apiVersion === `${group}/${version}`))
    throw new Error(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`)
  const unknown: string[] = []
  const read = readShape(value, document, '', unknown)
  if (unknown.length > 0) throw new Error(`strict decoding error: ${unknown.join(', ')}`)
  return read as AuthenticationConfiguration
}

/** The value without its nulls, which mean that nothing is said. */
function readShape(value: unknown, shape: Shape, path: string, unknown: string[]): unknown {
  if (shape === 'text' || shape === 'boolean') {
    if (typeof value !== (shape === 'text' ? 'string' : 'boolean')) throw new Error(`${path} must be a ${shape}`)
    return value
  }
  if (isList(shape)) {
    if (!Array.isArray(value)) throw new Error(`${path} must be a list`)
    return value.map((one, i) => readShape(one, shape[0], `${path}[${i}]`, unknown))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${path} must be an object`)
  const members: [string, unknown][] = []
  for (const [name, member] of Object.entries(value)) {
    const at = path === '' ? name : `${path}.${name}`
    const expected = Object.hasOwn(shape, name) ? shape[name] : undefined
    if (expected === undefined) unknown.push(`unknown field ${JSON.stringify(at)}`)
    else if (member !== null) members.push([name, readShape(member, expected, at, unknown)])
  }
  return Object.fromEntries(members)
}

const isList = (shape: Shape): shape is readonly [Shape] => Array.isArray(shape)
