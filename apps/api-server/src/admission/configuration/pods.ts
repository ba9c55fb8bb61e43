import type { Toleration } from '@kubets/api-types'
import type { PodTolerations } from './contract.ts'
import { type Document, integer, kindError, list, members, object, text } from './document.ts'

/** This plugin's form has no version. */
export function readPodNodeSelectors(document: Document): Readonly<Record<string, string>> {
  const selectors = object(document.podNodeSelectorPluginConfig ?? {}, 'podNodeSelectorPluginConfig')
  return Object.fromEntries(Object.entries(selectors).map(([name, selector]) => [name, text(selector, name)]))
}

/** @throws Error when it is something else. */
export function readPodTolerations(document: Document): PodTolerations {
  const { kind, apiVersion } = document
  if (kind !== 'Configuration' || apiVersion !== 'podtolerationrestriction.admission.k8s.io/v1alpha1')
    throw kindError(document)
  members(document, '', ['apiVersion', 'kind', 'default', 'whitelist'])
  return {
    default: tolerations(document.default, 'default'),
    whitelist: tolerations(document.whitelist, 'whitelist'),
  }
}

const textual = ['key', 'operator', 'value', 'effect']

function tolerations(value: unknown, path: string): Toleration[] {
  return list(value, path).map((one, i) => {
    members(one, `${path}[${i}].`, [...textual, 'tolerationSeconds'])
    const read: Record<string, unknown> = {}
    for (const name of textual) if (one[name] !== undefined) read[name] = text(one[name], `${path}[${i}].${name}`)
    if (one.tolerationSeconds !== undefined)
      read.tolerationSeconds = integer(one.tolerationSeconds, `${path}[${i}].tolerationSeconds`)
    return read as unknown as Toleration
  })
}
