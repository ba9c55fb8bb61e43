import type { CorpusFile } from '../corpus.ts'
import { apiVersionOf, collectionOf, type Resource } from '../resources.ts'
import { applySteps } from './apply.ts'
import { createSteps, invalidSteps } from './create.ts'
import { deleteSteps } from './delete.ts'
import { neededSteps } from './needs.ts'
import { patchSteps } from './patch.ts'
import { badReadSteps, pageSteps, readSteps, watchSteps } from './read.ts'
import type { Json, Phase } from './step.ts'
import { subresourceSteps } from './subresources.ts'
import { changeSteps, updateSteps } from './update.ts'

/** What the steps of one kind are made from. */
export interface Subject {
  resource: Resource
  corpus: CorpusFile
  namespace: string
  /** Path of the collection. */
  collection: string
  /** The base, in its namespace, with kind and version. Undefined where the corpus has none. */
  base: Json | undefined
  /** Path of the base. */
  path: string
}

export function subjectOf(resource: Resource, corpus: CorpusFile | undefined): Subject {
  const namespace = namespaceOf(resource)
  const collection = collectionOf(resource, namespace)
  const base = corpus?.base === undefined ? undefined : placed(corpus.base, resource, namespace)
  return {
    resource,
    corpus: corpus ?? {},
    namespace,
    collection,
    base,
    path: `${collection}/${base?.metadata?.name ?? 'nothing'}`,
  }
}

/** Kinds do not meet: each has its own. */
export const namespaceOf = ({ group, version, name }: Resource) =>
  `diff-${[name, version, ...group.split('.').slice(0, 1)].filter(part => part !== '').join('-')}`

/** A body of the corpus with what goes without saying. */
export function placed(body: Json, resource: Resource, namespace: string): Json {
  const metadata = resource.namespaced ? { ...body.metadata, namespace } : ownName(body.metadata, resource)
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, ...body, ...(metadata ? { metadata } : {}) }
}

/** Two versions of a cluster-wide kind are one store: their objects do not share names. An address is its own name. */
function ownName(metadata: Json, { version }: Resource): Json {
  const name = metadata?.name
  return name === undefined || version === 'v1' || /^[\d.:a-f]+$/.test(name)
    ? metadata
    : { ...metadata, name: `${name}-${version}` }
}

/** All that is asked of one kind, in order. */
export function planOf(subject: Subject): Phase[] {
  return [
    { sequence: neededSteps(subject) },
    { batch: badReadSteps(subject) },
    { batch: invalidSteps(subject) },
    { sequence: createSteps(subject) },
    { batch: readSteps(subject) },
    { sequence: pageSteps(subject) },
    { batch: watchSteps(subject) },
    { batch: changeSteps(subject) },
    { sequence: updateSteps(subject) },
    { sequence: patchSteps(subject) },
    { sequence: subresourceSteps(subject) },
    { sequence: applySteps(subject) },
    { sequence: deleteSteps(subject) },
  ]
}
