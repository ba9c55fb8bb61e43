import type { OwnerReference } from '@kubets/api-types'

/** Which object: by what it is called, and by what it is. */
export interface Identity {
  readonly apiVersion: string
  readonly kind: string
  /** Empty for objects of the cluster. */
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** What a reference in an object of `namespace` says of its owner; whether that has a namespace it does not say. */
export function identityOf({ apiVersion, kind, name, uid }: OwnerReference, namespace: string): Identity {
  return { apiVersion, kind, namespace, name, uid }
}

/** The reference calls the object what it is called, the namespace aside. */
export function refersTo(reference: OwnerReference, identity: Identity): boolean {
  const { apiVersion, kind, name, uid } = identity
  return (
    reference.uid === uid && reference.name === name && reference.kind === kind && reference.apiVersion === apiVersion
  )
}

export function sameIdentity(a: Identity, b: Identity): boolean {
  return textOf(a) === textOf(b)
}

/** One text for one identity, whose order is that of kinds, versions, namespaces, names. */
export function textOf({ kind, apiVersion, namespace, name, uid }: Identity): string {
  return [kind, apiVersion, namespace, name, uid].join('\u0000')
}

/** As upstream's events print it. */
export function describe({ apiVersion, kind, namespace, name, uid }: Identity): string {
  return `[${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`
}
