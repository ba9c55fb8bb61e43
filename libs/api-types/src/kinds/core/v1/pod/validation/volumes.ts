import { type FieldError, field, isDns1123Label, isDns1123Subdomain, Quantity } from '@kubets/apimachinery'
import type { Volume } from '../../../../../wire.ts'
import { each, fileMode, items, localFile, noBacksteps, optionalEnum } from './checks.ts'
import { validateFieldRef, validateResourceFieldRef, volumeFields } from './env.ts'

type Source<K extends keyof Volume> = NonNullable<Volume[K]>
type KeyToPath = { key: string; path: string; mode?: number }
type DownwardItems = Source<'downwardAPI'>['items']

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
]

const need = (value: string | undefined, path: string): FieldError[] => (value ? [] : [field.required(path)])

function keysToPaths(list: readonly KeyToPath[] | undefined, path: string): FieldError[] {
  return items(list, path, ({ key, path: file, mode }, at) => [
    ...need(key, `${at}.key`),
    ...(file ? localFile(`${at}.path`, file) : [field.required(`${at}.path`)]),
    ...fileMode(`${at}.mode`, mode),
  ])
}

function downwardItems(list: DownwardItems, path: string): FieldError[] {
  return items(list, path, ({ path: file, fieldRef, resourceFieldRef, mode }, at) => {
    const errors: FieldError[] = file ? localFile(`${at}.path`, file) : [field.required(`${at}.path`)]
    if (fieldRef) {
      errors.push(...validateFieldRef(fieldRef, volumeFields, `${at}.fieldRef`))
      if (resourceFieldRef) {
        errors.push(field.invalid(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'))
      }
    } else if (resourceFieldRef) {
      errors.push(...validateResourceFieldRef(resourceFieldRef, `${at}.resourceFieldRef`, 'volume'))
    } else errors.push(field.required(at, 'one of fieldRef and resourceFieldRef is required'))
    return [...errors, ...fileMode(`${at}.mode`, mode)]
  })
}

function projected({ sources, defaultMode }: Source<'projected'>, path: string): FieldError[] {
  const errors = fileMode(`${path}.defaultMode`, defaultMode)
  return errors.concat(
    items(sources, `${path}.sources`, (source, at) => {
      const { secret, configMap, downwardAPI, serviceAccountToken: token } = source
      const found: FieldError[] = []
      if (Object.values(source).filter(Boolean).length > 1) {
        found.push(field.forbidden(at, 'may not specify more than 1 volume type per source'))
      }
      if (secret)
        found.push(...need(secret.name, `${at}.secret.name`), ...keysToPaths(secret.items, `${at}.secret.items`))
      if (configMap) {
        found.push(...need(configMap.name, `${at}.configMap.name`))
        found.push(...keysToPaths(configMap.items, `${at}.configMap.items`))
      }
      if (downwardAPI) found.push(...downwardItems(downwardAPI.items, `${at}.downwardAPI.items`))
      if (token) {
        const { expirationSeconds: seconds = 3600 } = token
        const atSeconds = `${at}.serviceAccountToken.expirationSeconds`
        if (seconds < 600)
          found.push(field.invalid(atSeconds, seconds, 'may not specify a duration less than 10 minutes'))
        else if (seconds > 2 ** 32)
          found.push(field.invalid(atSeconds, seconds, 'may not specify a duration larger than 2^32 seconds'))
        found.push(...need(token.path, `${at}.serviceAccountToken.path`))
      }
      return found
    }),
  )
}

/** The check of each kind of source that has one. Sources without one are accepted as they are. */
const checks: { [K in keyof Volume]?: (source: Source<K>, path: string) => FieldError[] } = {
  hostPath: (source, path) => [
    ...(source.path ? noBacksteps(`${path}.path`, source.path) : [field.required(`${path}.path`)]),
    ...optionalEnum(`${path}.type`, source.type, hostPathTypes),
  ],
  emptyDir: ({ sizeLimit, medium = '' }, path) => {
    if (sizeLimit !== undefined && Quantity.parse(sizeLimit).sign() < 0) {
      return [field.forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
    }
    const known = medium === '' || medium === 'Memory' || medium.startsWith('HugePages')
    return known ? [] : [field.notSupported(`${path}.medium`, medium, ['', 'HugePages', 'Memory'])]
  },
  secret: ({ secretName, defaultMode, items: keys }, path) => [
    ...need(secretName, `${path}.secretName`),
    ...fileMode(`${path}.defaultMode`, defaultMode),
    ...keysToPaths(keys, `${path}.items`),
  ],
  configMap: ({ name, defaultMode, items: keys }, path) => [
    ...need(name, `${path}.name`),
    ...fileMode(`${path}.defaultMode`, defaultMode),
    ...keysToPaths(keys, `${path}.items`),
  ],
  downwardAPI: ({ defaultMode, items: files }, path) => [
    ...fileMode(`${path}.defaultMode`, defaultMode),
    ...downwardItems(files, `${path}.items`),
  ],
  projected,
  persistentVolumeClaim: ({ claimName }, path) => need(claimName, `${path}.claimName`),
  nfs: ({ server, path: dir }, path) => {
    const errors = [...need(server, `${path}.server`), ...need(dir, `${path}.path`)]
    if (dir && !dir.startsWith('/')) errors.push(field.invalid(`${path}.path`, dir, 'must be an absolute path'))
    return errors
  },
  iscsi: ({ targetPortal, iqn, lun }, path) => {
    const errors = [...need(targetPortal, `${path}.targetPortal`), ...need(iqn, `${path}.iqn`)]
    if (lun < 0 || lun > 255) errors.push(field.invalid(`${path}.lun`, lun, 'must be between 0 and 255, inclusive'))
    return errors
  },
  csi: ({ driver, nodePublishSecretRef: secret }, path) => [
    ...(driver
      ? each(`${path}.driver`, driver, isDns1123Subdomain(driver.toLowerCase()))
      : [field.required(`${path}.driver`)]),
    ...(secret && !secret.name ? [field.required(`${path}.nodePublishSecretRef.name`)] : []),
  ],
  ephemeral: ({ volumeClaimTemplate }, path) =>
    volumeClaimTemplate ? [] : [field.required(`${path}.volumeClaimTemplate`)],
  image: ({ reference }, path) => need(reference, `${path}.reference`),
}

function validateSource(volume: Volume, path: string): FieldError[] {
  const { name: _, ...sources } = volume
  const found = Object.entries(sources).filter(([, source]) => source !== undefined && source !== null)
  if (found.length === 0) return [field.required(path, 'must specify a volume type')]
  return found.flatMap(([kind, source], index) => {
    if (index > 0) return [field.forbidden(`${path}.${kind}`, 'may not specify more than 1 volume type')]
    const check = checks[kind as keyof Volume] as ((source: unknown, path: string) => FieldError[]) | undefined
    return check?.(source, `${path}.${kind}`) ?? []
  })
}

/** Volumes, and the names that mounts may use. */
export function validateVolumes(volumes: readonly Volume[] | undefined, path: string): FieldError[] {
  const names = new Set<string>()
  return items(volumes, path, (volume, at) => {
    const { name } = volume
    const errors = validateSource(volume, at)
    if (!name) return [...errors, field.required(`${at}.name`)]
    errors.push(...each(`${at}.name`, name, isDns1123Label(name)))
    if (names.has(name)) errors.push(field.duplicate(`${at}.name`, name))
    names.add(name)
    return errors
  })
}
