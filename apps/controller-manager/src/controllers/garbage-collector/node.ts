import type { OwnerReference } from '@kubets/api-types'
import type { Identity } from './identity.ts'

/** An object in the graph: seen, or only named by others as their owner. */
export class Node {
  identity: Identity
  owners: readonly OwnerReference[]
  beingDeleted: boolean
  /** It waits until those that depend on it are gone. */
  deletingDependents: boolean
  /** Nobody has seen the object itself yet. */
  virtual: boolean
  /** Looks in a row that led nowhere. */
  tries = 0
  /** Made when there is one: most objects have none. */
  #dependents: Set<Node> | undefined

  constructor(
    identity: Identity,
    state: Partial<Pick<Node, 'owners' | 'beingDeleted' | 'deletingDependents' | 'virtual'>> = {},
  ) {
    this.identity = identity
    this.owners = state.owners ?? []
    this.beingDeleted = state.beingDeleted ?? false
    this.deletingDependents = state.deletingDependents ?? false
    this.virtual = state.virtual ?? false
  }

  get dependents(): readonly Node[] {
    return this.#dependents === undefined ? [] : [...this.#dependents]
  }

  get hasDependents(): boolean {
    return (this.#dependents?.size ?? 0) > 0
  }

  addDependent(node: Node): void {
    this.#dependents ??= new Set()
    this.#dependents.add(node)
  }

  deleteDependent(node: Node): void {
    this.#dependents?.delete(node)
    if (this.#dependents?.size === 0) this.#dependents = undefined
  }

  /** Dependents that say that their owner must not go before them. */
  get blockingDependents(): Node[] {
    const { uid } = this.identity
    return this.dependents.filter(dependent =>
      dependent.owners.some(reference => reference.uid === uid && reference.blockOwnerDeletion === true),
    )
  }
}
