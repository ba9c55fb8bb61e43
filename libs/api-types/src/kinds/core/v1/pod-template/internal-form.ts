import type { PodSpec, PodTemplateSpec } from '../../../../wire.ts'
import { internalForm } from '../../../validation/internal-form.ts'
import { shownLabels } from './validation.ts'

type Form = Record<string, unknown>

/** What upstream's internal type keeps in the security context, in its order. */
const ofHost = ['HostNetwork', 'HostPID', 'HostIPC', 'ShareProcessNamespace', 'HostUsers']

/** A pod's spec as upstream's errors show it: its internal type is not quite the one of the API. */
export function shownPodSpec(spec: PodSpec | undefined): unknown {
  const { ServiceAccount: _, ...form } = internalForm('io.k8s.api.core.v1.PodSpec', spec) as Form
  const host: Form = {}
  for (const name of ofHost) {
    host[name] = form[name]
    delete form[name]
  }
  form.SecurityContext = { ...host, ...(form.SecurityContext as Form | null) }
  for (const list of ['InitContainers', 'Containers', 'EphemeralContainers']) {
    for (const container of (form[list] as Form[] | null) ?? []) {
      if (!('Tty' in container)) continue
      container.TTY = container.Tty
      delete container.Tty
    }
  }
  return form
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
