import type { RuntimeService } from '@kubets/cri'

/** Cgroups are made as folders, by the kubelet and by runc alike. */
export const runtimeConfig = (): RuntimeService['runtimeConfig'] => async () => ({
  linux: { cgroupDriver: 'CGROUPFS' },
})

/** The kubelet tells the node's pod range; CNI's configuration already says it, so there is nothing to change. */
export const updateRuntimeConfig = (): RuntimeService['updateRuntimeConfig'] => async () => ({})
