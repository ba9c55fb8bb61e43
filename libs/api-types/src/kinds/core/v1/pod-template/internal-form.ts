import type { PodSpec, PodTemplateSpec } from '../../../../wire.ts'
import { internalForm } from '../../../validation/internal-form.ts'
import { shownLabels } from './validation.ts'

type Form = Record<string, unknown>

/** Fields of upstream's internal type, in its order. Those of the host are in the API's spec itself. */
const specOrder =
  'Volumes InitContainers Containers EphemeralContainers RestartPolicy TerminationGracePeriodSeconds ActiveDeadlineSeconds DNSPolicy NodeSelector ServiceAccountName AutomountServiceAccountToken NodeName SecurityContext ImagePullSecrets Hostname Subdomain SetHostnameAsFQDN Affinity SchedulerName Tolerations HostAliases PriorityClassName Priority PreemptionPolicy DNSConfig ReadinessGates RuntimeClassName Overhead EnableServiceLinks TopologySpreadConstraints OS SchedulingGates ResourceClaims Resources HostnameOverride SchedulingGroup'.split(
    ' ',
  )
const securityOrder =
  'HostNetwork HostPID HostIPC ShareProcessNamespace HostUsers SELinuxOptions WindowsOptions RunAsUser RunAsGroup RunAsNonRoot SupplementalGroups SupplementalGroupsPolicy FSGroup FSGroupChangePolicy Sysctls SeccompProfile AppArmorProfile SELinuxChangePolicy'.split(
    ' ',
  )

const inOrder = (form: Form, order: readonly string[]): Form =>
  Object.fromEntries(order.map(name => [name, form[name] ?? null]))

/** A pod's spec as upstream's errors show it: its internal type is not quite the one of the API. */
export function shownPodSpec(spec: PodSpec | undefined): unknown {
  const form = internalForm('io.k8s.api.core.v1.PodSpec', spec) as Form
  const security = inOrder({ ...form, ...(form.SecurityContext as Form | null) }, securityOrder)
  for (const list of ['InitContainers', 'Containers', 'EphemeralContainers']) {
    for (const container of (form[list] as Form[] | null) ?? []) {
      if (!('Tty' in container)) continue
      container.TTY = container.Tty
      delete container.Tty
    }
  }
  return inOrder({ ...form, SecurityContext: security }, specOrder)
}

/** The same for a template: its metadata stands beside the spec. */
export function shownTemplate({ metadata = {}, spec }: PodTemplateSpec): unknown {
  const { labels, annotations, ...rest } = metadata
  return {
    ...rest,
    ...(labels === undefined ? {} : { labels: shownLabels(labels) }),
    ...(annotations === undefined ? {} : { annotations: shownLabels(annotations) }),
    Spec: shownPodSpec(spec),
  }
}
