import type { Catalogue, KubeObject } from '@kubets/api-types'
import { forbidden, semanticEqual } from '@kubets/apimachinery'
import type { AccessRequest, Authorizer } from '../../authorization/authorizer.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'

interface Options {
  /** Both are asked for when the server serves. */
  authorizer(): Authorizer
  rest(): { readonly catalogue: Catalogue }
}

type OwnerReference = NonNullable<NonNullable<KubeObject['metadata']>['ownerReferences']>[number]

/**
 * Whoever gives an object an owner lets the garbage collector delete it: he must be allowed to himself. And who lets it hold back its owner's deletion
 * must be allowed to set the owner's finalizers.
 */
export const ownerReferencesPermissionEnforcement = (options: Options): AdmissionPlugin => ({
  name: 'OwnerReferencesPermissionEnforcement',
  validate(request) {
    const { operation, entry, subresource, object, oldObject } = request
    if (operation === 'DELETE' || object === undefined) return undefined
    // old kubelets corrupt them there, and the strategy keeps them
    if (entry.group === '' && entry.resource === 'pods' && subresource === 'status') return undefined
    const [now, old] = [ownersOf(object), oldObject === undefined ? [] : ownersOf(oldObject)]
    return semanticEqual(now, old) ? undefined : judge(request, now, old, options)
  },
})

const ownersOf = ({ metadata }: KubeObject): readonly OwnerReference[] => metadata?.ownerReferences ?? []

async function judge(
  request: AdmissionRequest,
  now: readonly OwnerReference[],
  old: readonly OwnerReference[],
  { authorizer, rest }: Options,
): Promise<void> {
  const { operation, entry, namespace, name, subresource, user } = request
  const refuse = (why: string) => forbidden(entry, name, why)
  const ask = async (access: Omit<AccessRequest, 'user'>) => {
    const { decision, reason, error } = await authorizer().authorize({ user, ...access })
    return decision === 'allow' ? undefined : `${reason}, ${error ?? '<nil>'}`
  }
  if (operation !== 'CREATE') {
    const { group, version, resource } = entry
    const why = await ask({ verb: 'delete', group, version, resource, subresource, namespace, name })
    if (why !== undefined) throw refuse(`cannot set an ownerRef on a resource you can't delete: ${why}`)
  }
  const before = new Map(old.map(owner => [owner.uid, owner]))
  const blocking = now.filter(
    ({ uid, blockOwnerDeletion }) => blockOwnerDeletion === true && before.get(uid)?.blockOwnerDeletion !== true,
  )
  if (blocking.length === 0) return
  const finalize = { verb: 'update', subresource: 'finalizers' }
  const anything = { ...finalize, group: '*', version: '*', resource: '*', namespace: '', name: '*' }
  if ((await ask(anything)) === undefined) return
  for (const owner of blocking) {
    const { group, version } = parts(owner.apiVersion)
    const found = rest().catalogue.entries.filter(
      one => one.group === group && one.version === version && one.kind === owner.kind,
    )
    if (found.length === 0)
      throw refuse(
        `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${owner.apiVersion} Kind ${owner.kind}: no matches for kind "${owner.kind}" in version "${owner.apiVersion}"`,
      )
    for (const { resource, namespaced } of found) {
      const access = { ...finalize, group, version, resource, name: owner.name, namespace: namespaced ? namespace : '' }
      const why = await ask(access)
      if (why !== undefined)
        throw refuse(
          `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${why}`,
        )
    }
  }
}

function parts(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/')
  return { group: slash === -1 ? '' : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) }
}
