import type { Place } from '../transformer.ts'

export const place = (key: string, resource = 'secrets'): Place => ({ key, resource })

/** 32 throw-away bytes in base64. */
export const key = (seed: number, bytes = 32): string => Buffer.alloc(bytes, seed).toString('base64')

/** A configuration's text. Each provider stands as YAML of one line. */
export const configuration = (...rules: { resources: readonly string[]; providers: readonly string[] }[]): string =>
  [
    'kind: EncryptionConfiguration',
    'apiVersion: apiserver.config.k8s.io/v1',
    'resources:',
    ...rules.flatMap(({ resources, providers }) => [
      `- resources: ${JSON.stringify(resources)}`,
      '  providers:',
      ...providers.map(provider => `  - ${provider}`),
    ]),
    '',
  ].join('\n')

/** One line of YAML for a provider with keys; a key's secret is made of its number. */
export const provider = (
  kind: 'aesgcm' | 'aescbc' | 'secretbox',
  ...keys: readonly [name: string, seed: number][]
): string => `{${kind}: {keys: [${keys.map(([name, seed]) => `{name: ${name}, secret: "${key(seed)}"}`).join(', ')}]}}`

/** The same for a KMS v2 plugin. */
export const kms = (name: string, endpoint: string, timeout = '3s'): string =>
  `{kms: {apiVersion: v2, name: ${name}, endpoint: "${endpoint}", timeout: ${timeout}}}`
