import type { ConfigMap, Container, Pod, Secret } from '@kubets/api-types'
import { configError } from './errors.ts'
import { expand } from './expand.ts'
import { type DownwardFacts, fieldPath } from './field-path.ts'
import { resourceField } from './resource-field.ts'

/** Where values come from that are not in the pod itself. */
export interface EnvSources extends DownwardFacts {
  configMap(name: string): Promise<ConfigMap | undefined>
  secret(name: string): Promise<Secret | undefined>
  allocatable: Readonly<Record<string, string>>
  /** `KUBERNETES_SERVICE_HOST` and the like. */
  services: Readonly<Record<string, string>>
}

const decode = (base64: string) => Buffer.from(base64, 'base64').toString('utf8')
/** What the kernel takes: no NUL, no `=`. */
const validName = (name: string) => name !== '' && !name.includes('=') && !name.includes('\0')

/** The variables of a container, in the order in which later ones win. Throws ContainerConfigError with upstream's words. */
export async function containerEnv(pod: Pod, container: Container, sources: EnvSources): Promise<Map<string, string>> {
  const namespace = pod.metadata?.namespace ?? 'default'
  const result = new Map<string, string>()
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef?.name) {
      const found = await sources.configMap(configMapRef.name)
      if (found === undefined && !configMapRef.optional)
        throw configError(`configmap ${JSON.stringify(configMapRef.name)} not found`)
      for (const [key, value] of Object.entries(found?.data ?? {}))
        if (validName(prefix + key)) result.set(prefix + key, value)
    } else if (secretRef?.name) {
      const found = await sources.secret(secretRef.name)
      if (found === undefined && !secretRef.optional)
        throw configError(`secret ${JSON.stringify(secretRef.name)} not found`)
      for (const [key, value] of Object.entries(found?.data ?? {}))
        if (validName(prefix + key)) result.set(prefix + key, decode(value))
    }
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (valueFrom === undefined) {
      result.set(
        name,
        expand(value ?? '', other => result.get(other) ?? sources.services[other]),
      )
      continue
    }
    const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom
    if (fieldRef) {
      const found = fieldPath(pod, fieldRef.fieldPath, sources)
      if (found === undefined) throw configError(`unsupported fieldPath: ${fieldRef.fieldPath}`)
      result.set(name, found)
    } else if (resourceFieldRef) {
      const from =
        allContainers(pod).find(c => c.name === (resourceFieldRef.containerName || container.name)) ?? container
      result.set(
        name,
        resourceField(
          from,
          resourceFieldRef.resource,
          resourceFieldRef.divisor as string | undefined,
          sources.allocatable,
        ),
      )
    } else if (configMapKeyRef) {
      const found = await sources.configMap(configMapKeyRef.name ?? '')
      const text = found?.data?.[configMapKeyRef.key]
      if (text !== undefined) result.set(name, text)
      else if (!configMapKeyRef.optional)
        throw configError(
          found === undefined
            ? `configmap ${JSON.stringify(configMapKeyRef.name)} not found`
            : `couldn't find key ${configMapKeyRef.key} in ConfigMap ${namespace}/${configMapKeyRef.name}`,
        )
    } else if (secretKeyRef) {
      const found = await sources.secret(secretKeyRef.name ?? '')
      const text = found?.data?.[secretKeyRef.key]
      if (text !== undefined) result.set(name, decode(text))
      else if (!secretKeyRef.optional)
        throw configError(
          found === undefined
            ? `secret ${JSON.stringify(secretKeyRef.name)} not found`
            : `couldn't find key ${secretKeyRef.key} in Secret ${namespace}/${secretKeyRef.name}`,
        )
    }
  }
  for (const [name, value] of Object.entries(sources.services)) if (!result.has(name)) result.set(name, value)
  return result
}

export function allContainers(pod: Pod): Container[] {
  return [
    ...(pod.spec?.initContainers ?? []),
    ...(pod.spec?.containers ?? []),
    ...((pod.spec?.ephemeralContainers ?? []) as unknown as Container[]),
  ]
}
