import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { loadKubeconfig } from '@kubets/client'
import type { AdmissionConfiguration } from './contract.ts'
import { type Document, kindError, list, members, readDocument, text } from './document.ts'
import { readEventRateLimits } from './event-rate-limits.ts'
import { readImagePolicy } from './image-policy.ts'
import { readLimitedResources } from './limited-resources.ts'
import { readPodSecurity } from './pod-security.ts'
import { readPodNodeSelectors, readPodTolerations } from './pods.ts'

const versions = ['apiserver.config.k8s.io/v1', 'apiserver.k8s.io/v1alpha1']

/** Plugins that are configured, and how their part is read. */
const readers: Readonly<Record<string, (part: Document) => AdmissionConfiguration>> = {
  PodSecurity: part => ({ podSecurity: readPodSecurity(part) }),
  EventRateLimit: part => ({ eventRateLimits: readEventRateLimits(part) }),
  PodNodeSelector: part => ({ podNodeSelectors: readPodNodeSelectors(part) }),
  ResourceQuota: part => ({ limitedResources: readLimitedResources(part) }),
  ImagePolicyWebhook: part => ({ imagePolicy: readImagePolicy(part) }),
  PodTolerationRestriction: part => ({ podTolerations: readPodTolerations(part) }),
}

/** Upstream reads a configuration for these too: ignoring it would let in what somebody means to keep out. */
const unread: readonly string[] = [
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
]

/** Reads an AdmissionConfiguration, and the files that it names. Parts of plugins that do not run are not looked at. @throws Error with a text for people. */
export async function loadAdmissionConfiguration(
  file: string,
  chosen: ReadonlySet<string>,
): Promise<AdmissionConfiguration> {
  let content: string
  try {
    content = await readFile(file, 'utf8')
  } catch (cause) {
    const why = (cause as Error).message
    throw new Error(`unable to read admission control configuration from "${file}" [${why}]`, { cause })
  }
  const document = await readDocument(content)
  const { kind, apiVersion } = document
  // files of this one plugin were given as they are, before there was a form for all
  if (kind === undefined && document.podNodeSelectorPluginConfig !== undefined)
    return chosen.has('PodNodeSelector') ? { podNodeSelectors: readPodNodeSelectors(document) } : {}
  if (kind !== 'AdmissionConfiguration' || !versions.includes(String(apiVersion))) throw kindError(document)
  members(document, '', ['apiVersion', 'kind', 'plugins'])
  let read: AdmissionConfiguration = {}
  for (const [i, plugin] of list(document.plugins, 'plugins').entries()) {
    members(plugin, `plugins[${i}].`, ['name', 'path', 'configuration'])
    const name = text(plugin.name, `plugins[${i}].name`)
    if (!chosen.has(name) && !unread.includes(name)) continue
    const part = await partOf(plugin, i, file)
    if (part === undefined) continue
    const reader = readers[name]
    if (reader !== undefined) {
      try {
        read = { ...read, ...reader(part) }
        // whom it asks is known before the server starts
        if (name === 'ImagePolicyWebhook') await loadKubeconfig({ file: read.imagePolicy?.kubeConfigFile ?? '' })
      } catch (cause) {
        throw new Error(`failed to initialize admission plugin "${name}": ${(cause as Error).message}`, { cause })
      }
    } else if (unread.includes(name))
      throw new Error(`plugins[${i}]: a configuration of ${name} is not understood here`)
  }
  return read
}

async function partOf(plugin: Document, i: number, file: string): Promise<Document | undefined> {
  const { configuration } = plugin
  if (configuration !== undefined && configuration !== null) {
    if (typeof configuration !== 'object') throw new Error(`plugins[${i}].configuration must be an object`)
    return configuration as Document
  }
  const path = text(plugin.path, `plugins[${i}].path`)
  return path === '' ? undefined : readDocument(await readFile(resolve(dirname(file), path), 'utf8'))
}
