import type { PersistentVolume, PersistentVolumeClaim, VolumeAttributesClass } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { controllerQueue } from '../../context.ts'
import { claimInformer, volumeAttributesClassInformer, volumeInformer } from '../../informers/storage.ts'
import { needsProtection, protect } from '../../storage-protection/protect.ts'
import type { ControllerDescriptor } from '../controller.ts'

const finalizer = 'kubernetes.io/vac-protection'

/** A class of volume attributes stays as long as a claim or a volume has it, or is on its way to it. */
export const volumeAttributesClassProtectionController: ControllerDescriptor = {
  name: 'volumeattributesclass-protection-controller',
  alias: 'volumeattributesclass-protection-controller',
  account: 'volumeattributesclass-protection-controller',
  needs: [resources.volumeAttributesClasses, resources.persistentVolumeClaims, resources.persistentVolumes],
  start(context) {
    const { client } = context
    const classes = context.informers.of(volumeAttributesClassInformer)
    const claims = context.informers.of(claimInformer)
    const volumes = context.informers.of(volumeInformer)
    const ref = resources.volumeAttributesClasses
    const queue = controllerQueue(context, {
      name: 'vacprotection',
      after: [classes, claims, volumes],
      async process(name, signal) {
        const found = classes.lister.get({ namespace: '', name })
        if (found === undefined) return undefined
        const isUsed = () =>
          [...volumes.lister.list()].some(volume => classesOfVolume(volume).includes(name)) ||
          [...claims.lister.list()].some(claim => classesOfClaim(claim).includes(name))
        return protect({ client, ref, finalizer, signal, isUsed }, found)
      },
    })
    const look = (object: VolumeAttributesClass) => {
      if (needsProtection(object, finalizer)) queue.add(object.metadata?.name ?? '')
    }
    const release = (names: readonly string[], kept: readonly string[] = []) => {
      for (const name of names) if (!kept.includes(name)) queue.add(name)
    }
    classes.subscribe({ added: look, updated: look })
    claims.subscribe({
      updated: (claim, old) => release(classesOfClaim(old), classesOfClaim(claim)),
      deleted: claim => release(classesOfClaim(claim)),
    })
    volumes.subscribe({
      updated: (volume, old) => release(classesOfVolume(old), classesOfVolume(volume)),
      deleted: volume => release(classesOfVolume(volume)),
    })
  },
}

function classesOfClaim({ spec, status }: PersistentVolumeClaim): string[] {
  const named = [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ]
  return named.filter(name => name !== undefined && name !== '') as string[]
}

const classesOfVolume = ({ spec }: PersistentVolume): string[] =>
  (spec?.volumeAttributesClassName ?? '') === '' ? [] : [spec?.volumeAttributesClassName ?? '']
