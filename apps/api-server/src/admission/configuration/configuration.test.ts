import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { latest } from '../plugins/pod-security/policy.ts'
import { loadAdmissionConfiguration } from './load.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-admission-'))
})
afterAll(() => rm(folder, { recursive: true }))

const all = new Set([
  'ResourceQuota',
  'PodSecurity',
  'EventRateLimit',
  'PodNodeSelector',
  'PodTolerationRestriction',
  'ImagePolicyWebhook',
])
const load = async (content: string, chosen = all) => {
  const file = join(folder, 'admission.yaml')
  await writeFile(file, content)
  return loadAdmissionConfiguration(file, chosen)
}
const plugins = (text: string) => `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
${text}`
const podSecurity = (text: string) =>
  plugins(`- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    ${text}`)
const images = (text: string) => plugins(`- {name: ImagePolicyWebhook, configuration: {imagePolicy: {${text}}}}`)
const limits = (text: string) =>
  plugins(`- name: EventRateLimit
  configuration: {apiVersion: eventratelimit.admission.k8s.io/v1alpha1, kind: Configuration, limits: ${text}}`)

it('is read whole, from one file or several', async () => {
  await writeFile(
    join(folder, 'limits.yaml'),
    'apiVersion: eventratelimit.admission.k8s.io/v1alpha1\nkind: Configuration\nlimits:\n- {type: Namespace, qps: 5, burst: 10}\n',
  )
  const read = await load(`${podSecurity('defaults: {enforce: baseline, enforce-version: v1.30}')}
    exemptions: {usernames: [a], namespaces: [kube-system], runtimeClasses: []}
- {name: EventRateLimit, path: limits.yaml}
- {name: PodNodeSelector, configuration: {podNodeSelectorPluginConfig: {clusterDefaultNodeSelector: a=b}}}
- name: ResourceQuota
  configuration:
    apiVersion: apiserver.config.k8s.io/v1
    kind: ResourceQuotaConfiguration
    limitedResources: [{resource: pods, matchScopes: [{scopeName: PriorityClass, operator: In, values: [vip]}]}]
- name: PodTolerationRestriction
  configuration:
    apiVersion: podtolerationrestriction.admission.k8s.io/v1alpha1
    kind: Configuration
    default: [{key: a, operator: Exists}]`)
  const privileged = { level: 'privileged', version: latest }
  expect(read).toEqual({
    podSecurity: {
      defaults: { enforce: { level: 'baseline', version: 30 }, audit: privileged, warn: privileged },
      exemptions: { usernames: ['a'], namespaces: ['kube-system'], runtimeClasses: [] },
    },
    eventRateLimits: [{ type: 'Namespace', qps: 5, burst: 10, cacheSize: 4096 }],
    podNodeSelectors: { clusterDefaultNodeSelector: 'a=b' },
    limitedResources: [
      {
        group: '',
        resource: 'pods',
        matchContains: [],
        matchScopes: [{ scopeName: 'PriorityClass', operator: 'In', values: ['vip'] }],
      },
    ],
    podTolerations: { default: [{ key: 'a', operator: 'Exists' }], whitelist: [] },
  })
})

it('reads who is asked about images, and for how long the answer is good', async () => {
  const kubeConfigFile = join(folder, 'images.kubeconfig')
  await writeFile(
    kubeConfigFile,
    'clusters: [{name: c, cluster: {server: "https://127.0.0.1:1/ask"}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {}}]\ncurrent-context: c\n',
  )
  expect(await load(images(`kubeConfigFile: ${kubeConfigFile}`))).toEqual({
    imagePolicy: { kubeConfigFile, allowTtl: 300_000, denyTtl: 30_000, retryBackoff: 500, defaultAllow: false },
  })
  const all = `kubeConfigFile: ${kubeConfigFile}, allowTTL: 50, denyTTL: -1, retryBackoff: 20, defaultAllow: true`
  expect(await load(images(all))).toEqual({
    imagePolicy: { kubeConfigFile, allowTtl: 50_000, denyTtl: 0, retryBackoff: 20, defaultAllow: true },
  })
})

it('reads the old form of PodNodeSelector, and nothing of plugins that do not run', async () => {
  expect(await load('podNodeSelectorPluginConfig: {a: b=c}')).toEqual({ podNodeSelectors: { a: 'b=c' } })
  expect(await load(podSecurity('defaults: {enforce: nonsense}'), new Set())).toEqual({})
})

it.each([
  ['kind: Other\napiVersion: v1', 'no kind "Other" is registered for version "v1"'],
  ['a: b', "Object 'Kind' is missing"],
  [plugins('- {name: PodSecurity, pth: x}'), 'strict decoding error: unknown field "plugins[0].pth"'],
  [podSecurity('default: {}'), 'strict decoding error: unknown field "default"'],
  [
    podSecurity('defaults: {enforce: a, warn-version: b}\n    exemptions: {namespaces: [x, x]}'),
    '[defaults.enforce: Invalid value: "a": must be one of privileged, baseline, restricted, defaults.warn-version: Invalid value: "b": must be "latest" or "v1.x", exemptions.namespaces[1]: Duplicate value: "x"]',
  ],
  [limits('[]'), 'limits: Invalid value: null: must not be empty'],
  [
    limits('[{type: Server, qps: 0, burst: -1}]'),
    '[limits[0].burst: Invalid value: -1: must be positive, limits[0].qps: Invalid value: 0: must be positive]',
  ],
  [
    plugins('- {name: ValidatingAdmissionWebhook, configuration: {}}'),
    'plugins[0]: a configuration of ValidatingAdmissionWebhook is not understood here',
  ],
  [images('allowTTL: 1801'), 'valid value is between 1s and 30m0s, got 30m1s'],
  [images('denyTTL: -2'), 'valid value is between 1s and 30m0s, got -2s'],
  [images('retryBackoff: 300001'), 'valid value is between 1ns and 5m0s, got 5m0.001s'],
  [images('kubeConfigFile: /none'), 'failed to initialize admission plugin "ImagePolicyWebhook": '],
])('refuses %j', async (content, message) => {
  await expect(load(content)).rejects.toThrow(message)
})

it('is there', async () => {
  await expect(loadAdmissionConfiguration('/none', all)).rejects.toThrow(
    'unable to read admission control configuration from "/none"',
  )
})
