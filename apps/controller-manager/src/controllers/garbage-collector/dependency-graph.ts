import type { OwnerReference } from '@kubets/api-types'
import type { ObjectFacts } from '../../discovery/resource-monitors.ts'
import { AbsentOwners } from './absent-owners.ts'
import { type Identity, identityOf, refersTo, sameIdentity } from './identity.ts'
import { Node } from './node.ts'
import { alternateIdentity, changedReferences, partition } from './references.ts'

export const foregroundFinalizer = 'foregroundDeletion'
export const orphanFinalizer = 'orphan'

/** What follows from a change, to be done by those who talk to the server. Nodes are named by uid. */
export interface GraphSink {
  /** Look whether the object should go: its owners may be gone, or it waits for its dependents. */
  attemptToDelete(uid: string): void
  /** The same, but not at once. */
  attemptToDeleteLater(uid: string): void
  /** The object is being deleted and wants its dependents to stay. */
  attemptToOrphan(uid: string): void
  /** The object names an owner that lives in another namespace, which is no owner at all. */
  invalidNamespace(node: Node, owner: Identity): void
}

/**
 * Who depends on whom, as far as it has been seen. All changes are synchronous; nothing here is certain, since what is seen lags
 * behind the server: whoever acts asks the server first.
 */
export class DependencyGraph {
  readonly absentOwners = new AbsentOwners()
  readonly #nodes = new Map<string, Node>()
  readonly #sink: GraphSink

  constructor(sink: GraphSink) {
    this.#sink = sink
  }

  get(uid: string): Node | undefined {
    return this.#nodes.get(uid)
  }

  get size(): number {
    return this.#nodes.size
  }

  /** The object was seen. `old` is how it was seen before, if it was. */
  observe(identity: Identity, object: ObjectFacts, old: ObjectFacts | undefined): void {
    const known = this.#nodes.get(identity.uid)
    const node = known ?? new Node(identity)
    if (known === undefined) {
      node.owners = object.owners
      node.beingDeleted = object.deleting
      node.deletingDependents = object.deleting && object.finalizers.includes(foregroundFinalizer)
      this.#nodes.set(identity.uid, node)
      this.#addToOwners(node, node.owners)
    } else {
      if (node.virtual) this.#becomeReal(node, identity)
      const { added, removed, changed } = changedReferences(node.owners, object.owners)
      if (added.length + removed.length + changed.length > 0) {
        this.#wakeUnblockedOwners(removed, changed)
        node.owners = object.owners
        this.#addToOwners(node, added)
        this.#removeFromOwners(node, removed)
      }
      if (object.deleting) node.beingDeleted = true
    }
    if (begins(orphanFinalizer, object, old)) this.#sink.attemptToOrphan(identity.uid)
    else if (begins(foregroundFinalizer, object, old)) {
      // a node that was only named so far does not know it yet
      node.deletingDependents = true
      for (const dependent of node.dependents) this.#sink.attemptToDelete(dependent.identity.uid)
      this.#sink.attemptToDelete(identity.uid)
    }
  }

  /** The object was seen to go. */
  observeDeletion(identity: Identity): void {
    const node = this.#nodes.get(identity.uid)
    if (node === undefined) return
    if (node.virtual) this.#becomeReal(node, identity)
    this.#remove(node, identity)
  }

  /** The server was asked for this identity and does not have it, under this name and uid. */
  verifyAbsence(identity: Identity): void {
    const node = this.#nodes.get(identity.uid)
    if (node === undefined) return
    const [matching, others] = partition(node.dependents, identity)
    if (node.virtual) {
      if (others.length === 0) {
        this.#remove(node, identity)
        return
      }
      // dependents disagree on what their owner is called: one of the other names may be right
      this.#deleteDependentsOfAbsent(identity, matching)
      if (sameIdentity(node.identity, identity)) {
        const another = alternateIdentity(others, identity)
        if (another !== undefined) {
          node.identity = another
          this.#sink.attemptToDeleteLater(another.uid)
        }
      }
      return
    }
    // what was seen is not removed because something else of that uid does not exist
    if (sameIdentity(node.identity, identity)) this.#remove(node, identity)
    else this.#deleteDependentsOfAbsent(identity, matching)
  }

  #deleteDependentsOfAbsent(identity: Identity, matching: readonly Node[]): void {
    if (matching.length === 0) return
    this.absentOwners.add(identity)
    for (const dependent of matching) this.#sink.attemptToDelete(dependent.identity.uid)
  }

  #remove(node: Node, identity: Identity): void {
    this.#nodes.delete(node.identity.uid)
    this.#removeFromOwners(node, node.owners)
    if (node.hasDependents) this.absentOwners.add(identity)
    for (const dependent of node.dependents) this.#sink.attemptToDelete(dependent.identity.uid)
    for (const reference of node.owners) {
      // an owner that waits for its dependents may have been waiting for this one
      if (this.#nodes.get(reference.uid)?.deletingDependents) this.#sink.attemptToDelete(reference.uid)
    }
  }

  /** Others had named it as their owner; now it was seen itself, and may be called otherwise. */
  #becomeReal(node: Node, identity: Identity): void {
    if (!sameIdentity(node.identity, identity)) {
      const [, others] = partition(node.dependents, identity)
      for (const dependent of others) {
        if (identity.namespace !== '' && dependent.identity.namespace !== identity.namespace)
          this.#sink.invalidNamespace(dependent, this.#named(dependent, identity.uid))
        this.#sink.attemptToDelete(dependent.identity.uid)
      }
      node.identity = identity
    }
    node.virtual = false
  }

  #named(dependent: Node, uid: string): Identity {
    const reference = dependent.owners.find(owner => owner.uid === uid)
    return reference === undefined
      ? { ...dependent.identity, uid }
      : identityOf(reference, dependent.identity.namespace)
  }

  #addToOwners(node: Node, references: readonly OwnerReference[]): void {
    let doubtful = false
    for (const reference of references) {
      const known = this.#nodes.get(reference.uid)
      const owner = known ?? new Node(identityOf(reference, node.identity.namespace), { virtual: true })
      owner.addDependent(node)
      if (known === undefined) {
        this.#nodes.set(reference.uid, owner)
        // the server is asked whether there is such an owner
        this.#sink.attemptToDelete(reference.uid)
      } else doubtful = this.#isDoubtful(node, reference, known) || doubtful
    }
    if (doubtful) this.#sink.attemptToDelete(node.identity.uid)
  }

  /** The reference does not fit the owner that we know by its uid: the server has to say who is right. */
  #isDoubtful(node: Node, reference: OwnerReference, owner: Node): boolean {
    const { namespace } = owner.identity
    const elsewhere = namespace !== node.identity.namespace
    if (namespace !== '' && elsewhere) {
      if (!owner.virtual) this.#sink.invalidNamespace(node, identityOf(reference, node.identity.namespace))
      return true
    }
    if (!refersTo(reference, owner.identity)) return true
    // an object of the cluster named an owner that is said to be of the cluster too, but which may not exist at all
    return namespace === '' && elsewhere && owner.virtual
  }

  #removeFromOwners(node: Node, references: readonly OwnerReference[]): void {
    for (const { uid } of references) this.#nodes.get(uid)?.deleteDependent(node)
  }

  /** Owners that waited for this object need not any more. */
  #wakeUnblockedOwners(
    removed: readonly OwnerReference[],
    changed: readonly { old: OwnerReference; now: OwnerReference }[],
  ): void {
    for (const reference of removed) if (reference.blockOwnerDeletion) this.#wake(reference.uid)
    for (const { old, now } of changed) if (old.blockOwnerDeletion && !now.blockOwnerDeletion) this.#wake(now.uid)
  }

  #wake(uid: string): void {
    if (this.#nodes.has(uid)) this.#sink.attemptToDelete(uid)
  }
}

/** The object is being deleted with this finalizer, and was not before. */
function begins(finalizer: string, object: ObjectFacts, old: ObjectFacts | undefined): boolean {
  const applies = (facts: ObjectFacts) => facts.deleting && facts.finalizers.includes(finalizer)
  return applies(object) && (old === undefined || !applies(old))
}
