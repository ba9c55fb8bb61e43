import type { PersistentVolumeClaim, Pod } from '@kubets/api-types'
import { cacheKey, resources } from '@kubets/client'
import { controllerQueue, splitKey } from '../../context.ts'
import { claimInformer } from '../../informers/storage.ts'
import { type PodInfo, podInformer } from '../../pods/pod-info.ts'
import { podClaims, usesClaim } from '../../storage-protection/claim-use.ts'
import { needsProtection, protect } from '../../storage-protection/protect.ts'
import type { ControllerDescriptor } from '../controller.ts'

const finalizer = 'kubernetes.io/pvc-protection'

/** A claim that pods use stays until they are gone: what a kubelet has mounted must not be deleted under it. */
export const persistentVolumeClaimProtectionController: ControllerDescriptor = {
  name: 'persistentvolumeclaim-protection-controller',
  alias: 'pvc-protection',
  account: 'pvc-protection-controller',
  needs: [resources.persistentVolumeClaims, resources.pods],
  start(context) {
    const { client } = context
    const claims = context.informers.of(claimInformer)
    const pods = context.informers.of(podInformer)
    const ref = resources.persistentVolumeClaims
    const queue = controllerQueue(context, {
      name: 'pvcprotection',
      after: [claims, pods],
      async process(key, signal) {
        const { namespace, name } = splitKey(key)
        const claim = claims.lister.get({ namespace, name })
        if (claim === undefined) return undefined
        const isUsed = async () => {
          if (pods.lister.byIndex('namespace', namespace).some(pod => usesClaim(pod, claim))) return true
          // a pod that was made a moment ago is not known here yet: the server is asked before the claim goes
          const { items } = await client.list<Pod>(resources.pods, { namespace, signal })
          return items.some(pod =>
            usesClaim(
              { uid: pod.metadata?.uid ?? '', nodeName: pod.spec?.nodeName ?? '', claims: podClaims(pod) },
              claim,
            ),
          )
        }
        return protect({ client, ref, finalizer, signal, isUsed }, claim)
      },
    })
    const look = (claim: PersistentVolumeClaim) => {
      if (!needsProtection(claim, finalizer)) return
      queue.add(cacheKey({ namespace: claim.metadata?.namespace ?? '', name: claim.metadata?.name ?? '' }))
    }
    const release = ({ namespace, claims: own }: PodInfo) => {
      for (const { name } of own?.uses ?? []) queue.add(cacheKey({ namespace, name }))
    }
    const releaseUnlessRunning = (pod: PodInfo) => {
      if (pod.claims !== undefined && (pod.claims.ended || pod.nodeName === '')) release(pod)
    }
    claims.subscribe({ added: look, updated: look })
    pods.subscribe({
      added: releaseUnlessRunning,
      updated(pod, old) {
        releaseUnlessRunning(pod)
        // one change may hide the end of a pod and the beginning of another of its name
        if (old.uid !== pod.uid) release(old)
      },
      deleted: release,
    })
  },
}
