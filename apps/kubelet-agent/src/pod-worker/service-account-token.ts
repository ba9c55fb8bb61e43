import type { Pod } from '@kubets/api-types'
import { resources } from '@kubets/client'
import type { WorkerParts } from './parts.ts'

interface TokenRequest {
  apiVersion: string
  kind: string
  spec: object
  status?: { token: string; expirationTimestamp: string }
}

/** A token for the pod's service account, bound to the pod. */
export async function serviceAccountToken(
  parts: WorkerParts,
  pod: Pod,
  audience: string | undefined,
  seconds: number,
): Promise<string> {
  const name = pod.spec?.serviceAccountName || 'default'
  const { namespace = 'default', name: podName = '', uid = '' } = pod.metadata ?? {}
  const request: TokenRequest = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      ...(audience === undefined ? {} : { audiences: [audience] }),
      expirationSeconds: seconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: podName, uid },
    },
  }
  const answer = await parts.client.create<TokenRequest>(resources.serviceAccounts, request, {
    subresource: 'token',
    key: { namespace, name },
    signal: parts.closing,
  })
  if (answer.status === undefined)
    throw new Error(`failed to fetch token: the server gave none for service account ${namespace}/${name}`)
  return answer.status.token
}
