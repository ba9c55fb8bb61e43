import type { ConfigMap, KubeObject } from '@kubets/api-types'
import { changeOwn, createOwn, ownEntry } from '../resources/own-writes.ts'
import { trackOwnWrite } from '../resources/steps/managed-fields.ts'
import type { BootstrapPart } from './part.ts'

const namespace = 'kube-system'
const name = 'kube-apiserver-legacy-service-account-token-tracking'

/** A deleted one comes again after this time: api-servers that do and do not track would fight otherwise. */
const pause = 30 * 60_000

/** ConfigMap `kube-system/…-token-tracking`: since which day unused tokens in Secrets can be told from used ones. */
export function legacyTokenTracking(): BootstrapPart {
  let createdAt = Number.NEGATIVE_INFINITY
  return {
    async keep({ rest }) {
      const entry = ownEntry(rest, '', 'configmaps')
      const now = rest.clock.now()
      const today = new Date(now).toISOString().slice(0, 10)
      const found = await changeOwn(
        rest,
        entry,
        name,
        ({ object }) => {
          const { data } = object as ConfigMap
          if (isDay(data?.since)) return undefined
          const changed = { ...object, data: { ...data, since: today }, metadata: { ...object.metadata } } as KubeObject
          trackOwnWrite(rest, entry, changed, object)
          return changed
        },
        namespace,
      )
      if (found || now - createdAt < pause) return
      const object = { metadata: { name, namespace }, data: { since: today } } as unknown as KubeObject
      if (await createOwn(rest, entry, object)) createdAt = now
    },
  }
}

/** A day that exists, as 2026-11-25. */
function isDay(text: string | undefined): boolean {
  if (text === undefined || !/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}
