import type { Pod } from '@kubets/api-types'
import { type Client, resources } from '@kubets/client'
import type { Clock } from '@kubets/component'

interface TokenRequest {
  apiVersion: string
  kind: string
  spec: object
  status?: { token: string; expirationTimestamp: string }
}

/** Tokens of pods' service accounts, kept until four fifths of their life are over (or a day, if that is sooner), as upstream does. */
export interface ServiceAccountTokens {
  /** A token bound to the pod. Throws what the API answers. */
  get(pod: Pod, audience: string | undefined, seconds: number): Promise<string>
  forget(podUid: string): void
}

const day = 24 * 3_600_000

export function createServiceAccountTokens(
  client: Pick<Client, 'create'>,
  clock: Clock,
  closing: AbortSignal,
): ServiceAccountTokens {
  /** One entry a token source of the pods on this node; forgotten with the pod. */
  const known = new Map<string, { token: string; renewAt: number; expires: number }>()
  return {
    async get(pod, audience, seconds) {
      const account = pod.spec?.serviceAccountName || 'default'
      const { namespace = 'default', name = '', uid = '' } = pod.metadata ?? {}
      const key = `${uid}/${audience ?? ''}/${seconds}`
      const old = known.get(key)
      const now = clock.now()
      if (old !== undefined && now < old.renewAt) return old.token
      const request: TokenRequest = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          ...(audience === undefined ? {} : { audiences: [audience] }),
          expirationSeconds: seconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      }
      let answer: TokenRequest
      try {
        const options = { subresource: 'token', key: { namespace, name: account }, signal: closing }
        answer = await client.create<TokenRequest>(resources.serviceAccounts, request, options)
      } catch (error) {
        if (old !== undefined && now < old.expires) return old.token // it still holds; asked again next time
        throw error
      }
      if (answer.status === undefined)
        throw new Error(`failed to fetch token: the server gave none for service account ${namespace}/${account}`)
      const { token, expirationTimestamp } = answer.status
      const expires = Date.parse(expirationTimestamp)
      known.set(key, { token, expires, renewAt: now + Math.min((expires - now) * 0.8, day) })
      return token
    },
    forget(podUid) {
      for (const key of [...known.keys()]) if (key.startsWith(`${podUid}/`)) known.delete(key)
    },
  }
}
