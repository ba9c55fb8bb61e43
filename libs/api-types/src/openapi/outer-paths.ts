import type { SchemaObject } from './schema-object.ts'

/** A path outside of `/api` and `/apis` that OpenAPI describes. */
export interface OuterPath {
  /** Without slashes around it: `version`, `openid/v1/jwks`. */
  readonly path: string
  readonly tag: string
  readonly description: string
  readonly id: string
  readonly produces: string
  readonly consumes?: string
  /** Name of what is answered; none: text. */
  readonly answer?: string
}

const versionInfo = 'io.k8s.apimachinery.pkg.version.Info'

export const versionPath: OuterPath = {
  path: 'version',
  tag: 'version',
  description: 'get the version information for this server',
  id: 'getCodeVersion',
  produces: 'application/json',
  consumes: 'application/json',
  answer: versionInfo,
}

/** What tells relying parties whose tokens are ours; there when the issuer is a URL that they can ask. */
export const issuerPaths: readonly OuterPath[] = [
  {
    path: '.well-known/openid-configuration',
    tag: 'WellKnown',
    description: 'get where the issuer of service account tokens and its keys are',
    id: 'getServiceAccountIssuerOpenIDConfiguration',
    produces: 'application/json',
  },
  {
    path: 'openid/v1/jwks',
    tag: 'openid',
    description: 'get the public keys that verify service account tokens',
    id: 'getServiceAccountIssuerOpenIDKeyset',
    produces: 'application/jwk-set+json',
  },
]

const always = [
  'major',
  'minor',
  'gitVersion',
  'gitCommit',
  'gitTreeState',
  'buildDate',
  'goVersion',
  'compiler',
  'platform',
]
const sometimes = ['emulationMajor', 'emulationMinor', 'minCompatibilityMajor', 'minCompatibilityMinor']

/** What `/version` answers. Only v3 tells what an absent member means. */
export function versionDefinition(form: 'v2' | 'v3'): Record<string, SchemaObject> {
  const field = (name: string): SchemaObject => ({
    type: 'string',
    ...(form === 'v3' && always.includes(name) ? { default: '' } : {}),
  })
  return {
    [versionInfo]: {
      type: 'object',
      required: always,
      properties: Object.fromEntries([...always, ...sometimes].sort().map(name => [name, field(name)])),
    },
  }
}

const unauthorized = { '401': { description: 'Unauthorized' } }

const schemaOf = ({ answer }: OuterPath, refPrefix: string) =>
  answer === undefined ? { type: 'string' } : { $ref: refPrefix + answer }

export const outerPathV3 = (outer: OuterPath): Record<string, SchemaObject> => ({
  [`/${outer.path}/`]: {
    get: {
      tags: [outer.tag],
      description: outer.description,
      operationId: outer.id,
      responses: {
        '200': {
          description: 'OK',
          content: { [outer.produces]: { schema: schemaOf(outer, '#/components/schemas/') } },
        },
        ...unauthorized,
      },
    },
  },
})

export const outerPathV2 = (outer: OuterPath): Record<string, SchemaObject> => ({
  [`/${outer.path}/`]: {
    get: {
      description: outer.description,
      ...(outer.consumes === undefined ? {} : { consumes: [outer.consumes] }),
      produces: [outer.produces],
      schemes: ['https'],
      tags: [outer.tag],
      operationId: outer.id,
      responses: { '200': { description: 'OK', schema: schemaOf(outer, '#/definitions/') }, ...unauthorized },
    },
  },
})
