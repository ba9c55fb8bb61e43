import type { Pod } from '@kubets/api-types'
import type { Account } from './account.ts'

type PodSpec = NonNullable<Pod['spec']>

/** Just what a reference to a secret stands in, in every kind of container. */
interface Naming {
  name: string
  env?: { name: string; valueFrom?: { secretKeyRef?: { name?: string } } }[]
  envFrom?: { secretRef?: { name?: string } }[]
}

/** Why an account that limits its secrets (`kubernetes.io/enforce-mountable-secrets`) does not take this pod; undefined: it does. */
export function refusedSecret(spec: PodSpec, account: Account): string | undefined {
  const { mountable } = account
  if (mountable === undefined) return undefined
  for (const { secret } of spec.volumes ?? []) {
    const name = secret?.secretName ?? ''
    if (secret !== undefined && !mountable.has(name))
      return unreferenced(`volume with secret.secretName="${name}"`, account)
  }
  const inContainers =
    refusedInContainers('init container', spec.initContainers, account) ??
    refusedInContainers('container', spec.containers, account)
  if (inContainers !== undefined) return inContainers
  for (const [index, { name = '' }] of (spec.imagePullSecrets ?? []).entries())
    if (!account.imagePullSecrets.includes(name))
      return `imagePullSecrets[${index}].name="${name}" is not allowed because service account ${account.name} does not reference that imagePullSecret`
  return undefined
}

/** The same for the containers of one list. `kind` begins the sentence. */
export function refusedInContainers(
  kind: 'container' | 'init container' | 'ephemeral container',
  containers: readonly object[] | undefined,
  account: Account,
): string | undefined {
  const { mountable } = account
  if (mountable === undefined) return undefined
  for (const { name, env, envFrom } of (containers ?? []) as readonly Naming[]) {
    for (const { name: variable, valueFrom } of env ?? []) {
      const secret = valueFrom?.secretKeyRef?.name
      if (secret !== undefined && !mountable.has(secret))
        return unreferenced(
          `${kind} ${name} with envVar ${variable} referencing secret.secretName="${secret}"`,
          account,
        )
    }
    for (const { secretRef } of envFrom ?? []) {
      const secret = secretRef?.name
      if (secret !== undefined && !mountable.has(secret))
        return unreferenced(`${kind} ${name} with envFrom referencing secret.secretName="${secret}"`, account)
    }
  }
  return undefined
}

const unreferenced = (what: string, { name }: Account): string =>
  `${what} is not allowed because service account ${name} does not reference that secret`
