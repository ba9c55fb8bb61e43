/** Annotations of pods that mean something to the api-server, most of them older than the fields that replaced them. */
export const mirrorPod = 'kubernetes.io/config.mirror'
export const deletionCost = 'controller.kubernetes.io/pod-deletion-cost'
export const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod'
export const seccompContainer = 'container.seccomp.security.alpha.kubernetes.io/'
export const appArmorContainer = 'container.apparmor.security.beta.kubernetes.io/'
export const tolerationsAnnotation = 'scheduler.alpha.kubernetes.io/tolerations'

export type Annotations = Readonly<Record<string, string>>

const ofInitContainers = [
  'pod.beta.kubernetes.io/init-containers',
  'pod.alpha.kubernetes.io/init-containers',
  'pod.beta.kubernetes.io/init-container-statuses',
  'pod.alpha.kubernetes.io/init-container-statuses',
]

/** Init containers were once written as annotations: old kubelets must not see them. In place. */
export function dropInitContainerAnnotations(metadata: { annotations?: Record<string, string> } | undefined): void {
  const annotations = metadata?.annotations
  if (annotations === undefined) return
  for (const name of ofInitContainers) delete annotations[name]
}
