import type { ServiceAccount, TokenRequest } from '@kubets/api-types'
import { isAlreadyExists, isNotFound } from '@kubets/apimachinery'
import { resources, type TokenClients, type TokenSource } from '@kubets/client'
import type { Clock } from '@kubets/component'
import type { ControllerClient } from './context.ts'

export interface AccountClientsOptions {
  /** Makes the accounts and asks for their tokens. */
  readonly client: ControllerClient
  readonly tokens: TokenClients
  readonly clock: Clock
}

const namespace = 'kube-system'
/** Upstream's life of a token, seconds. */
const expirationSeconds = 3_600
/** A token is renewed when this much of its life is over. */
const renewAt = 0.8

/**
 * `--use-service-account-credentials`: each controller speaks as the service account of its name in kube-system, whose role says what that controller
 * may do. The account is made, and its token asked for, when the controller first says something.
 */
export function accountClients({
  client,
  tokens,
  clock,
}: AccountClientsOptions): (account: string) => ControllerClient {
  const known = new Map<string, ControllerClient>()
  return account => {
    const present = known.get(account)
    if (present !== undefined) return present
    const made = tokens.as(accountToken(account, client, clock))
    known.set(account, made)
    return made
  }
}

function accountToken(name: string, client: ControllerClient, clock: Clock): TokenSource {
  let held: string | undefined
  let renewal = 0
  let asking: Promise<string> | undefined
  const ask = () =>
    (asking ??= requestToken(name, client)
      .then(token => {
        held = token
        renewal = clock.now() + expirationSeconds * 1_000 * renewAt
        return token
      })
      .finally(() => {
        asking = undefined
      }))
  return {
    token() {
      if (held === undefined) return ask()
      // the old one stays good for a while: nobody waits for the new one
      if (clock.now() >= renewal) ask().catch(() => undefined)
      return held
    },
    refused() {
      // the account was deleted, or the keys are others now
      held = undefined
    },
  }
}

async function requestToken(name: string, client: ControllerClient): Promise<string> {
  try {
    return await createToken(name, client)
  } catch (error) {
    if (!isNotFound(error)) throw error
    await createAccount(name, client)
    return createToken(name, client)
  }
}

async function createToken(name: string, client: ControllerClient): Promise<string> {
  const request: Partial<TokenRequest> = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: [], expirationSeconds },
  }
  const key = { namespace, name }
  const made = await client.create<TokenRequest>(resources.serviceAccounts, request as TokenRequest, {
    key,
    subresource: 'token',
  })
  return made.status?.token ?? ''
}

async function createAccount(name: string, client: ControllerClient): Promise<void> {
  const account: ServiceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }
  try {
    await client.create<ServiceAccount>(resources.serviceAccounts, account)
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
}
