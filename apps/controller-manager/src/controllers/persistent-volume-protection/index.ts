import type { PersistentVolume } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { controllerQueue } from '../../context.ts'
import { volumeInformer } from '../../informers/storage.ts'
import { needsProtection, protect } from '../../storage-protection/protect.ts'
import type { ControllerDescriptor } from '../controller.ts'

const finalizer = 'kubernetes.io/pv-protection'

/** A volume that a claim is bound to stays until it is released. */
export const persistentVolumeProtectionController: ControllerDescriptor = {
  name: 'persistentvolume-protection-controller',
  alias: 'pv-protection',
  account: 'pv-protection-controller',
  needs: [resources.persistentVolumes],
  start(context) {
    const { client } = context
    const volumes = context.informers.of(volumeInformer)
    const ref = resources.persistentVolumes
    const queue = controllerQueue(context, {
      name: 'pvprotection',
      after: [volumes],
      async process(name, signal) {
        const volume = volumes.lister.get({ namespace: '', name })
        if (volume === undefined) return undefined
        const isUsed = () => volume.status?.phase === 'Bound'
        return protect({ client, ref, finalizer, signal, isUsed }, volume)
      },
    })
    const look = (volume: PersistentVolume) => {
      if (needsProtection(volume, finalizer)) queue.add(volume.metadata?.name ?? '')
    }
    volumes.subscribe({ added: look, updated: look })
  },
}
