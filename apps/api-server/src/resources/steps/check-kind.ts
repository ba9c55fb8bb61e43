import type { Catalogue, KubeObject } from '@kubets/api-types'
import { badRequest } from '@kubets/apimachinery'
import { cannotBeHandled } from './decode-errors.ts'
import type { BodyKind } from './read-body.ts'

/** A body may leave kind and apiVersion out; what it says must fit. Both are set afterwards. */
export function checkKind(catalogue: Catalogue, wanted: BodyKind, object: KubeObject): void {
  const wantedVersion = wanted.group === '' ? wanted.version : `${wanted.group}/${wanted.version}`
  const kind = object.kind ?? ''
  const apiVersion = object.apiVersion ?? ''
  if (kind !== '' && kind !== wanted.kind) {
    const sent = apiVersion === '' ? wantedVersion : apiVersion
    throw cannotBeHandled({ kind, version: sent }, wanted, whyNot(catalogue, kind, sent, wanted))
  }
  if (apiVersion !== '' && apiVersion !== wantedVersion) {
    const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['']
    if (group !== wanted.group)
      throw cannotBeHandled(
        { kind: wanted.kind, version: apiVersion },
        wanted,
        whyNot(catalogue, wanted.kind, apiVersion, wanted),
      )
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${wantedVersion})`,
    )
  }
  object.kind = wanted.kind
  object.apiVersion = wantedVersion
}

function whyNot(catalogue: Catalogue, kind: string, apiVersion: string, wanted: BodyKind): string {
  const [first = '', second] = apiVersion.split('/')
  const group = second === undefined ? '' : first
  const version = second ?? first
  return catalogue.byKind(group, version, kind) === undefined
    ? `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`
    : `converting (${version}.${kind}) to (${wanted.version}.${wanted.kind}): unknown conversion`
}
