import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import { changeOwn } from '../resources/own-writes.ts'
import type { Rest } from '../resources/rest.ts'
import { trackOwnWrite } from '../resources/steps/managed-fields.ts'

/**
 * Changes the status of one object, as manager `kube-apiserver` of its `status`. `change` gives the new status, undefined to leave it. False: the
 * object is gone.
 */
export function writeStatus<T extends KubeObject & { status?: unknown }>(
  rest: Rest,
  entry: ResourceEntry,
  name: string,
  change: (object: T) => T['status'] | undefined,
): Promise<boolean> {
  return changeOwn(rest, entry, name, ({ object }) => {
    const status = change(object as T)
    if (status === undefined) return undefined
    const changed = { ...object, metadata: { ...object.metadata }, status } as KubeObject
    trackOwnWrite(rest, entry, changed, object, 'status')
    return changed
  })
}
