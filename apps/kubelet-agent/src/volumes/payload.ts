import type { ConfigMap, Pod, Secret, Volume } from '@kubets/api-types'
import { allContainers, type EnvSources } from '../container-config/env.ts'
import { fieldPath } from '../container-config/field-path.ts'
import { resourceField } from '../container-config/resource-field.ts'
import type { ProjectedFile } from './atomic-writer.ts'
import { VolumeError } from './errors.ts'

export interface PayloadSources extends Omit<EnvSources, 'services'> {
  /** A token for the pod's service account. */
  token(audience: string | undefined, expirationSeconds: number): Promise<string>
}

interface KeyToPath {
  key: string
  path: string
  mode?: number
}

type Files = Map<string, ProjectedFile>

/** The files of a configMap, secret, downwardAPI or projected volume; undefined for other kinds. */
export async function volumePayload(pod: Pod, volume: Volume, sources: PayloadSources): Promise<Files | undefined> {
  const files: Files = new Map()
  if (volume.configMap) {
    const { name = '', items, optional, defaultMode } = volume.configMap
    await addConfigMap(files, { name, items: items as KeyToPath[], optional }, defaultMode ?? 0o644, sources)
  } else if (volume.secret) {
    const { secretName = '', items, optional, defaultMode } = volume.secret
    await addSecret(files, { name: secretName, items: items as KeyToPath[], optional }, defaultMode ?? 0o644, sources)
  } else if (volume.downwardAPI) {
    addDownward(files, pod, volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode ?? 0o644, sources)
  } else if (volume.projected) {
    const mode = volume.projected.defaultMode ?? 0o644
    for (const source of volume.projected.sources ?? []) {
      if (source.configMap)
        await addConfigMap(files, { ...source.configMap, items: source.configMap.items as KeyToPath[] }, mode, sources)
      else if (source.secret)
        await addSecret(files, { ...source.secret, items: source.secret.items as KeyToPath[] }, mode, sources)
      else if (source.downwardAPI) addDownward(files, pod, source.downwardAPI.items ?? [], mode, sources)
      else if (source.serviceAccountToken) {
        const { audience, expirationSeconds = 3_607, path } = source.serviceAccountToken
        const token = Buffer.from(await sources.token(audience || undefined, expirationSeconds))
        // where it is known who reads it, nobody else does (the group, with an fsGroup, is added with the other files')
        const uid = fileOwner(pod)
        const known = uid !== undefined || pod.spec?.securityContext?.fsGroup !== undefined
        put(files, path, token, known ? 0o600 : mode, uid)
      } else throw new VolumeError(`this node does not provide the projected source ${Object.keys(source).join(', ')}`)
    }
  } else return undefined
  return files
}

interface Source {
  name?: string
  items?: KeyToPath[] | undefined
  optional?: boolean | undefined
}

async function addConfigMap(files: Files, source: Source, mode: number, sources: PayloadSources): Promise<void> {
  const name = source.name ?? ''
  const found: ConfigMap | undefined = await sources.configMap(name)
  if (found === undefined) {
    if (source.optional) return
    throw new VolumeError(`configmap ${JSON.stringify(name)} not found`)
  }
  const data = new Map<string, Buffer>()
  for (const [key, value] of Object.entries(found.data ?? {})) data.set(key, Buffer.from(value))
  for (const [key, value] of Object.entries(found.binaryData ?? {})) data.set(key, Buffer.from(value, 'base64'))
  addKeys(files, data, source, mode, 'configmap')
}

async function addSecret(files: Files, source: Source, mode: number, sources: PayloadSources): Promise<void> {
  const name = source.name ?? ''
  const found: Secret | undefined = await sources.secret(name)
  if (found === undefined) {
    if (source.optional) return
    throw new VolumeError(`secret ${JSON.stringify(name)} not found`)
  }
  const data = new Map(Object.entries(found.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]))
  addKeys(files, data, source, mode, 'secret')
}

function addKeys(files: Files, data: Map<string, Buffer>, source: Source, mode: number, kind: string): void {
  if (source.items === undefined || source.items.length === 0) {
    for (const [key, value] of data) put(files, key, value, mode)
    return
  }
  for (const item of source.items) {
    const value = data.get(item.key)
    if (value !== undefined) put(files, item.path, value, item.mode ?? mode)
    else if (!source.optional)
      throw new VolumeError(
        `${kind} references non-existent ${kind === 'secret' ? 'secret' : 'config'} key: ${item.key}`,
      )
  }
}

type DownwardItems = NonNullable<NonNullable<Volume['downwardAPI']>['items']>

function addDownward(files: Files, pod: Pod, items: DownwardItems, mode: number, sources: PayloadSources): void {
  for (const { path, mode: own, fieldRef, resourceFieldRef } of items) {
    let text: string
    if (fieldRef) {
      const value = fieldPath(pod, fieldRef.fieldPath, sources)
      if (value === undefined) throw new VolumeError(`unsupported fieldPath: ${fieldRef.fieldPath}`)
      text = value
    } else if (resourceFieldRef) {
      const container = allContainers(pod).find(c => c.name === resourceFieldRef.containerName)
      if (container === undefined) throw new VolumeError(`container ${resourceFieldRef.containerName} not found`)
      text = resourceField(
        container,
        resourceFieldRef.resource,
        resourceFieldRef.divisor as string | undefined,
        sources.allocatable,
      )
    } else continue
    put(files, path, Buffer.from(text), own ?? mode)
  }
}

/** The user that all containers of the pod run as; undefined when one does not say or they differ. */
function fileOwner(pod: Pod): number | undefined {
  const users = new Set(
    allContainers(pod).map(
      container => container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser ?? undefined,
    ),
  )
  return users.size === 1 ? [...users][0] : undefined
}

function put(files: Files, path: string, data: Buffer, mode: number, uid?: number): void {
  if (path.startsWith('/') || path.split('/').includes('..'))
    throw new VolumeError(`invalid path, must not contain "..": ${path}`)
  files.set(path, { data, mode, uid })
}
