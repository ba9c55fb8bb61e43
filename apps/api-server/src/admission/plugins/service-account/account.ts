import type { ServiceAccount } from '@kubets/api-types'
import { forbidden, goQuote, nameIsPathSegment } from '@kubets/apimachinery'
import { type Clock, sleep } from '@kubets/component'
import type { KeyValueStore, WatchCache } from '@kubets/storage'
import type { AdmissionRequest } from '../../admission.ts'

export interface AccountSources {
  cache: Pick<WatchCache, 'get'>
  store: Pick<KeyValueStore, 'get'>
  clock: Clock
  /** Ends waits. */
  signal: AbortSignal
}

/** What pods take from their account. */
export interface Account {
  readonly name: string
  readonly automount: boolean | undefined
  readonly imagePullSecrets: readonly string[]
  /** The secrets that pods may name, where the account limits them. */
  readonly mountable: ReadonlySet<string> | undefined
}

const prefix = '/registry/serviceaccounts/'
/** The account of pods that name none. A controller makes it in every namespace: a pod may come a moment earlier. */
export const usualAccount = 'default'
/** How often the store is asked for it (upstream's figure), 100 to 200 ms apart. */
const attempts = 10

/** Parsed accounts are kept by the revision they were read at; at the bound all are forgotten and read anew. */
const maxKept = 1_000

/** Finds the accounts of pods. Answers at once where the account is known, which is nearly always. */
export function createAccounts(sources: AccountSources) {
  const kept = new Map<string, { revision: number; account: Account }>()

  function known(namespace: string, name: string): Account | undefined {
    const key = `${prefix}${namespace}/${name}`
    const entry = sources.cache.get(key)
    if (entry === undefined) return undefined
    const old = kept.get(key)
    if (old !== undefined && old.revision === entry.modRevision) return old.account
    const account = read(name, entry.bytes)
    if (kept.size >= maxKept) kept.clear()
    kept.set(key, { revision: entry.modRevision, account })
    return account
  }

  async function lookUp({ entry, namespace, name: pod }: AdmissionRequest, name: string): Promise<Account> {
    const refuse = (why: string) =>
      forbidden(entry, pod, `error looking up service account ${namespace}/${name}: ${why}`)
    const wrong = nameIsPathSegment(name, false)
    if (wrong.length > 0) throw refuse(`invalid resource name ${goQuote(name)}: [${wrong.join(' ')}]`)
    const pause = 100 + Math.floor(Math.random() * 100)
    for (let attempt = 1; ; attempt++) {
      const { kv } = await sources.store.get(`${prefix}${namespace}/${name}`)
      if (kv !== undefined) return read(name, kv.value)
      if (name !== usualAccount || attempt === attempts || sources.signal.aborted) break
      await sleep(pause, sources.signal, sources.clock)
    }
    throw refuse(`serviceaccount ${goQuote(name)} not found`)
  }

  /** Throws Forbidden when there is no such account. */
  return (request: AdmissionRequest, name: string): Account | Promise<Account> =>
    known(request.namespace, name) ?? lookUp(request, name)
}

const enforcing = 'kubernetes.io/enforce-mountable-secrets'
/** What Go's `strconv.ParseBool` takes for true. */
const yes = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])

function read(name: string, bytes: Uint8Array): Account {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  const {
    metadata,
    automountServiceAccountToken,
    imagePullSecrets = [],
    secrets = [],
  } = JSON.parse(text) as ServiceAccount
  const limited = yes.has(metadata?.annotations?.[enforcing] ?? '')
  return {
    name,
    automount: automountServiceAccountToken,
    imagePullSecrets: imagePullSecrets.map(({ name = '' }) => name),
    mountable: limited ? new Set(secrets.map(({ name = '' }) => name)) : undefined,
  }
}
