import type { Catalogue, KubeObject } from '@kubets/api-types'
import { type ApiError, badRequest } from '@kubets/apimachinery'
import { groupVersion } from '../group-version.ts'
import { goType } from '../representation.ts'
import type { BodyKind } from './read-body.ts'

/** A body may leave kind and apiVersion out; what it says must fit. Both are set afterwards. `refuse` makes the error of another kind. */
export function checkKind(catalogue: Catalogue, wanted: BodyKind, object: KubeObject, refuse: Refuse): void {
  const expected = groupVersion(wanted)
  const kind = object.kind || wanted.kind
  const sent = object.apiVersion || expected
  const apiVersion = wanted.alsoAccepts?.includes(sent) ? expected : sent
  if (kind !== wanted.kind || apiVersion !== expected) throw mismatch(catalogue, wanted, kind, apiVersion, refuse)
  object.kind = kind
  object.apiVersion = apiVersion
}

type Refuse = (why: string) => ApiError

function mismatch(catalogue: Catalogue, wanted: BodyKind, kind: string, apiVersion: string, refuse: Refuse): ApiError {
  const version = versionOf(apiVersion)
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
  const sent = catalogue.byKind(group, version, kind)
  if (sent === undefined)
    return refuse(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
    )
  if (kind === wanted.kind && group === wanted.group)
    return badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${groupVersion(wanted)})`,
    )
  const target = catalogue.byKind(wanted.group, wanted.version, wanted.kind)
  return refuse(
    `converting (${version}.${kind}) to (${target === undefined ? wanted.kind : goType(target)}): unknown conversion`,
  )
}

/** `v1` of `apps/v1` and of `v1`. */
export const versionOf = (apiVersion: string | null | undefined): string =>
  apiVersion === undefined || apiVersion === null ? '' : apiVersion.slice(apiVersion.indexOf('/') + 1)

/** What is wrong with kind and apiVersion themselves, before anybody asks what they name. */
export function wrongTypeMeta(object: { kind?: unknown; apiVersion?: unknown }): string | undefined {
  for (const name of ['apiVersion', 'kind'] as const) {
    const value = object[name]
    if (value === undefined || value === null || typeof value === 'string') continue
    const type = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
    return `couldn't get version/kind; json parse error: json: cannot unmarshal ${type} into Go struct field .${name} of type string`
  }
  const { apiVersion } = object
  return typeof apiVersion === 'string' && apiVersion.split('/').length > 2
    ? `unexpected GroupVersion string: ${apiVersion}`
    : undefined
}
