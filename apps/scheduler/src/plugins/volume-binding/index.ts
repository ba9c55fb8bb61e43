import type { Plugin } from '../../framework/plugin.ts'

/**
 * Keeps pods waiting whose PersistentVolumeClaims do not exist. This API level of the house serves no claims yet, so
 * none exists; placing such a pod all the same would leave it hanging on its node.
 */
export const volumeBinding: Plugin = {
  name: 'VolumeBinding',
  preFilter(pod) {
    const [first] = pod.template.volumeClaims
    if (first === undefined) return undefined
    if (!first.ephemeral) return `persistentvolumeclaim "${first.claim}" not found`
    return `waiting for ephemeral volume controller to create the persistentvolumeclaim "${pod.name}-${first.volume}"`
  },
  mayHelp: () => false,
}
