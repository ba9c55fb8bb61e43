import type { Pod } from '@kubets/api-types'
import { forbidden } from '@kubets/apimachinery'
import type { AdmissionPlugin, AdmissionRequest } from '../../admission.ts'
import { type Account, type AccountSources, createAccounts, usualAccount } from './account.ts'
import { isMirrorPod, refuseReferences } from './mirror-pod.ts'
import { refusedInContainers, refusedSecret } from './mountable-secrets.ts'
import { mountToken } from './token-volume.ts'

export type ServiceAccountPluginOptions = AccountSources

type PodSpec = NonNullable<Pod['spec']>

/**
 * Every pod has a service account, `default` where it names none, that exists in its namespace. It gets the account's secrets
 * for pulling images and, unless pod or account say no, a volume with a token of its own for the API.
 */
export function serviceAccount(options: ServiceAccountPluginOptions): AdmissionPlugin {
  const accounts = createAccounts(options)

  function admit(request: AdmissionRequest, spec: PodSpec, account: Account): void {
    if (spec.automountServiceAccountToken ?? account.automount ?? true) mountToken(spec)
    if ((spec.imagePullSecrets ?? []).length === 0 && account.imagePullSecrets.length > 0)
      spec.imagePullSecrets = account.imagePullSecrets.map(name => ({ name }))
    refuse(request, refusedSecret(spec, account))
  }

  return {
    name: 'ServiceAccount',
    mutate(request) {
      if (!concernsPods(request, 'CREATE', '')) return undefined
      const pod = request.object as Pod
      const { spec } = pod
      if (spec === undefined) return undefined
      if (isMirrorPod(pod)) {
        refuseReferences(request, spec)
        return undefined
      }
      const name = spec.serviceAccountName || usualAccount
      spec.serviceAccountName = name
      spec.serviceAccount = name
      const account = accounts(request, name)
      if (account instanceof Promise) return account.then(found => admit(request, spec, found))
      admit(request, spec, account)
      return undefined
    },
    validate(request) {
      if (concernsPods(request, 'CREATE', '')) {
        const pod = request.object as Pod
        // what plugins after this one changed is looked at again
        if (pod.spec === undefined || isMirrorPod(pod)) return undefined
        return withAccount(request, pod.spec, account => refusedSecret(pod.spec as PodSpec, account))
      }
      if (concernsPods(request, 'UPDATE', 'ephemeralcontainers')) {
        const { spec } = request.object as Pod
        if (spec === undefined) return undefined
        return withAccount(request, spec, account =>
          refusedInContainers('ephemeral container', spec.ephemeralContainers, account),
        )
      }
      return undefined
    },
  }

  function withAccount(
    request: AdmissionRequest,
    spec: PodSpec,
    reason: (account: Account) => string | undefined,
  ): undefined | Promise<void> {
    if ((spec.serviceAccountName ?? '') === '')
      throw forbidden(
        request.entry,
        request.name,
        `no service account specified for pod ${request.namespace}/${request.name}`,
      )
    const account = accounts(request, spec.serviceAccountName as string)
    if (account instanceof Promise) return account.then(found => refuse(request, reason(found)))
    refuse(request, reason(account))
    return undefined
  }
}

const concernsPods = (
  { operation, entry, subresource }: AdmissionRequest,
  wanted: AdmissionRequest['operation'],
  wantedSubresource: string,
) => operation === wanted && entry.group === '' && entry.resource === 'pods' && subresource === wantedSubresource

function refuse({ entry, name }: AdmissionRequest, reason: string | undefined): void {
  if (reason !== undefined) throw forbidden(entry, name, reason)
}
