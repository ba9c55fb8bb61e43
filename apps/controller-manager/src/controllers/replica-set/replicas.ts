import type { KubeObject, Pod, PodTemplateSpec } from '@kubets/api-types'
import { isNotFound } from '@kubets/apimachinery'
import { type Client, type EventRecorder, resources } from '@kubets/client'
import { isNamespaceTerminating } from '../../namespace-terminating.ts'
import { controllerReference } from '../../owners.ts'
import type { PodInfo } from '../../pods/pod-info.ts'

/** Longest prefix that, with a dash, is a valid beginning of a pod's name. */
const maxName = 253

/** A pod of the template, controlled by `owner`. Pure. */
export function podFromTemplate(
  template: PodTemplateSpec | undefined,
  owner: KubeObject,
  apiVersion: string,
  kind: string,
): Pod {
  const { name = '', namespace = '' } = owner.metadata ?? {}
  const { labels, annotations, finalizers } = template?.metadata ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      // names of owners end in a character that a dash may follow; at the limit it has no room
      generateName: name.length < maxName ? `${name}-` : name,
      namespace,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [controllerReference(owner, apiVersion, kind)],
    },
    ...(template?.spec === undefined ? {} : { spec: template.spec }),
  } as Pod
}

/** Makes one pod and tells the owner's reader. A namespace that is going refuses it: then there is nothing to make. */
export async function createReplica(
  client: Pick<Client, 'create'>,
  events: EventRecorder,
  owner: KubeObject,
  pod: Pod,
  signal: AbortSignal,
): Promise<void> {
  try {
    const created = await client.create<Pod>(resources.pods, pod, { signal })
    events.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata?.name}`)
  } catch (error) {
    if (isNamespaceTerminating(error)) return
    if (!signal.aborted) events.event(owner, 'Warning', 'FailedCreate', `Error creating: ${(error as Error).message}`)
    throw error
  }
}

/** Deletes one pod. `false` when it was gone already. */
export async function deleteReplica(
  client: Pick<Client, 'delete'>,
  events: EventRecorder,
  owner: KubeObject,
  pod: PodInfo,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await client.delete(resources.pods, { namespace: pod.namespace, name: pod.name }, { signal })
    events.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.name}`)
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    if (!signal.aborted) events.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${(error as Error).message}`)
    throw new Error(`unable to delete pods: ${(error as Error).message}`, { cause: error })
  }
}
