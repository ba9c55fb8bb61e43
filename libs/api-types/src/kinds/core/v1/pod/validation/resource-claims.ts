import { append, type FieldError, field, isDns1123Label, isDns1123Subdomain } from '@kubets/apimachinery'
import type { PodSpec } from '../../../../../wire.ts'
import { internalForm } from '../../../../validation/internal-form.ts'
import { type Annotations, mirrorPod } from '../annotations.ts'
import { each, items } from './checks.ts'

type Claims = PodSpec['resourceClaims']

/** Devices that the pod's containers may name, each from a claim or a template of one. */
export function validateResourceClaims(claims: Claims, path: string, annotations: Annotations | undefined) {
  if (claims === undefined) return []
  if (claims.length > 0 && annotations?.[mirrorPod] !== undefined) {
    return claims.map(() => field.forbidden('[]', 'static pods do not support resource claims'))
  }
  const names = new Set<string>()
  return items(claims, path, (claim, at) => {
    const { name, resourceClaimName: made, resourceClaimTemplateName: template } = claim
    const errors: FieldError[] = []
    if (!name) errors.push(field.required(`${at}.name`))
    else if (names.has(name)) errors.push(field.duplicate(`${at}.name`, name))
    else append(errors, each(`${at}.name`, name, isDns1123Label(name)))
    names.add(name)
    if (made !== undefined && template !== undefined) {
      const text = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'
      errors.push(field.invalid(at, internalForm('io.k8s.api.core.v1.PodResourceClaim', claim), text))
    }
    if (made === undefined && template === undefined) {
      const text = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'
      errors.push(field.invalid(at, internalForm('io.k8s.api.core.v1.PodResourceClaim', claim), text))
    }
    if (made !== undefined) append(errors, each(`${at}.resourceClaimName`, made, isDns1123Subdomain(made)))
    if (template !== undefined) {
      append(errors, each(`${at}.resourceClaimTemplateName`, template, isDns1123Subdomain(template)))
    }
    return errors
  })
}
