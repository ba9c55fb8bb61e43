import { type Catalogue, createCatalogue, type ResourceEntry } from '@kubets/api-types'

/** Group versions that upstream's scheme still knows and that serve nothing any more: they may be named, to no effect. */
const withoutKinds = new Set([
  'apps/v1beta1',
  'apps/v1beta2',
  'authorization.k8s.io/v1beta1',
  'batch/v1beta1',
  'discovery.k8s.io/v1beta1',
  'events.k8s.io/v1beta1',
  'extensions/v1beta1',
  'flowcontrol.apiserver.k8s.io/v1beta1',
  'flowcontrol.apiserver.k8s.io/v1beta2',
  'flowcontrol.apiserver.k8s.io/v1beta3',
  'imagepolicy.k8s.io/v1alpha1',
  'node.k8s.io/v1alpha1',
  'node.k8s.io/v1beta1',
  'policy/v1beta1',
  'rbac.authorization.k8s.io/v1alpha1',
  'rbac.authorization.k8s.io/v1beta1',
  'scheduling.k8s.io/v1beta1',
  'storage.k8s.io/v1alpha1',
])

/**
 * Versions whose kinds stand behind feature gates that are off: `api/all` and its like leave them off, as upstream does. Ours are turned on by
 * their own key, where upstream asks for the gate too.
 */
const gated = new Set([
  'authentication.k8s.io/v1beta1',
  'certificates.k8s.io/v1alpha1',
  'certificates.k8s.io/v1beta1',
  'scheduling.k8s.io/v1alpha2',
  'storagemigration.k8s.io/v1beta1',
])

/** Keys that mean many versions at once, in the order in which they are applied. */
const levels: readonly (readonly [key: string, pattern: RegExp])[] = [
  ['api/all', /./],
  ['api/ga', /^v\d+$/],
  ['api/beta', /^v\d+beta\d+$/],
  ['api/alpha', /^v\d+alpha\d+$/],
]

/**
 * The kinds that are served: those that are on by default, changed by `--runtime-config` (`api/beta=true`, `group/version=false`,
 * `group/version/resource`; a key without a value means true). The narrower key wins.
 * @throws Error in upstream's words for a key or value that means nothing.
 */
export function servedCatalogue(catalogue: Catalogue, runtimeConfig: readonly string[] = []): Catalogue {
  if (runtimeConfig.length === 0) return createCatalogue(catalogue.entries.filter(e => e.enabledByDefault))
  const wanted = parse(runtimeConfig)
  refuseUnknown(catalogue, wanted)
  return createCatalogue(catalogue.entries.filter(entry => isServed(entry, wanted)))
}

function isServed(entry: ResourceEntry, wanted: ReadonlyMap<string, boolean>): boolean {
  const groupVersion = `${entry.group}/${entry.version}`
  const named = wanted.get(`${groupVersion}/${entry.resource}`) ?? wanted.get(groupVersion)
  if (named !== undefined) return named
  if (gated.has(groupVersion)) return false
  let served = entry.enabledByDefault
  for (const [key, pattern] of levels) if (pattern.test(entry.version)) served = wanted.get(key) ?? served
  return served
}

function parse(runtimeConfig: readonly string[]): ReadonlyMap<string, boolean> {
  const wanted = new Map<string, boolean>()
  for (const pair of runtimeConfig) {
    const [key = '', value = ''] = pair.trim().split(/=(.*)/s)
    if (key !== '') wanted.set(key, truth(key, value))
  }
  if (wanted.size === 1 && wanted.get('api/all') === false)
    throw new Error('invalid runtime-config with only api/all=false')
  return wanted
}

function truth(key: string, value: string): boolean {
  // Go's strconv.ParseBool, and nothing at all
  if (/^(|1|t|T|true|TRUE|True)$/.test(value)) return true
  if (/^(0|f|F|false|FALSE|False)$/.test(value)) return false
  throw new Error(
    `invalid value of ${key}: ${value}, err: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
  )
}

function refuseUnknown(catalogue: Catalogue, wanted: ReadonlyMap<string, boolean>): void {
  const versions = new Set([...catalogue.entries.map(e => `${e.group}/${e.version}`), ...withoutKinds])
  const groups = new Set([...versions].map(v => v.slice(0, v.lastIndexOf('/'))))
  const unknown = new Set<string>()
  for (const key of wanted.keys()) {
    if (levels.some(([level]) => level === key)) continue
    const [group = '', version, resource, ...more] = key.split('/')
    if (version === undefined || more.length > 0) throw new Error(`runtime-config invalid key ${key}`)
    if (!groups.has(group)) unknown.add(`${group}/${version}`)
    else if (!versions.has(`${group}/${version}`))
      throw new Error(`group version ${group}/${version} that has not been registered`)
    if (resource !== undefined && resource !== resource.toLowerCase())
      throw new Error(
        `invalid key ${key}: group/version/resource and resource is always lowercase plural, not ${JSON.stringify(resource)}`,
      )
  }
  if (unknown.size > 0) throw new Error(`unknown api groups ${[...unknown].sort().join(',')}`)
}
