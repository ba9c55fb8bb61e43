import { aggregate, type FieldError, field } from '@kubets/apimachinery'
import type { LimitedResource } from './contract.ts'
import { type Document, kindError, list, members, text, texts } from './document.ts'

/** Kinds by version: it was renamed when it moved to the group of all configurations. */
const kinds = new Map([
  ['apiserver.config.k8s.io/v1', 'ResourceQuotaConfiguration'],
  ['resourcequota.admission.k8s.io/v1beta1', 'Configuration'],
  ['resourcequota.admission.k8s.io/v1alpha1', 'Configuration'],
])

/** @throws Error with upstream's texts. */
export function readLimitedResources(document: Document): readonly LimitedResource[] {
  const kind = kinds.get(String(document.apiVersion))
  if (kind === undefined || document.kind !== kind) throw kindError(document)
  members(document, '', ['apiVersion', 'kind', 'limitedResources'])
  const errors: FieldError[] = []
  const read = list(document.limitedResources, 'limitedResources').map((limited, i): LimitedResource => {
    const path = `limitedResources[${i}]`
    members(limited, `${path}.`, ['apiGroup', 'resource', 'matchContains', 'matchScopes'])
    const resource = text(limited.resource, `${path}.resource`)
    if (resource === '') errors.push(field.required(`${path}.resource`))
    return {
      group: text(limited.apiGroup, `${path}.apiGroup`),
      resource,
      matchContains: texts(limited.matchContains, `${path}.matchContains`),
      matchScopes: list(limited.matchScopes, `${path}.matchScopes`).map((scope, j) => {
        const at = `${path}.matchScopes[${j}]`
        members(scope, `${at}.`, ['scopeName', 'operator', 'values'])
        const values = texts(scope.values, `${at}.values`)
        return {
          scopeName: text(scope.scopeName, `${at}.scopeName`),
          operator: text(scope.operator, `${at}.operator`),
          ...(values.length === 0 ? {} : { values }),
        }
      }),
    }
  })
  if (errors.length > 0) throw new Error(aggregate(errors))
  return read
}
