import { type LeaderElectionSettings, parseDuration, UsageError } from '@kubets/component'
import type { NodeResourcesFitArgs } from '../plugins/index.ts'

/** What a KubeSchedulerConfiguration file sets, with upstream's defaults. Times in milliseconds. */
export interface SchedulerConfiguration {
  /** Path of the kubeconfig, if the file names one. */
  kubeconfig?: string
  leaderElection: LeaderElectionSettings
  /** 0 adapts to the size of the cluster. */
  percentageOfNodesToScore: number
  podInitialBackoff: number
  podMaxBackoff: number
  profiles: readonly ProfileConfiguration[]
}

export interface ProfileConfiguration {
  schedulerName: string
  percentageOfNodesToScore?: number
  /** Plugins that neither filter nor score; `*` is all. */
  disabled: ReadonlySet<string>
  /** Plugins that filter but do not score, and the other way round. */
  disabledFilters: ReadonlySet<string>
  disabledScores: ReadonlySet<string>
  /** Plugins that a list enables by name although it disables `*`. */
  enabled: ReadonlySet<string>
  /** Weights of scores by plugin. */
  weights: ReadonlyMap<string, number>
  nodeResourcesFit?: NodeResourcesFitArgs
}

export const defaultProfile: ProfileConfiguration = {
  schedulerName: 'default-scheduler',
  disabled: new Set(),
  disabledFilters: new Set(),
  disabledScores: new Set(),
  enabled: new Set(),
  weights: new Map(),
}

export const defaultConfiguration: SchedulerConfiguration = {
  leaderElection: {
    leaderElect: true,
    leaseDuration: 15_000,
    renewDeadline: 10_000,
    retryPeriod: 2_000,
    resourceName: 'kube-scheduler',
    resourceNamespace: 'kube-system',
  },
  percentageOfNodesToScore: 0,
  podInitialBackoff: 1_000,
  podMaxBackoff: 10_000,
  profiles: [defaultProfile],
}

/** Reads the text of a KubeSchedulerConfiguration file, strictly. Throws {@link UsageError} naming the field. */
export async function parseConfiguration(text: string): Promise<SchedulerConfiguration> {
  const { parse } = await import('yaml')
  let document: unknown
  try {
    document = parse(text)
  } catch (cause) {
    throw new UsageError(`the scheduler configuration is not valid YAML: ${(cause as Error).message}`)
  }
  const root = new Section(document, '')
  const kind = root.text('kind')
  const apiVersion = root.text('apiVersion')
  if (kind !== 'KubeSchedulerConfiguration' || apiVersion !== 'kubescheduler.config.k8s.io/v1')
    throw new UsageError(
      `no kind "${kind ?? ''}" is registered for version "${apiVersion ?? ''}"; expected KubeSchedulerConfiguration of kubescheduler.config.k8s.io/v1`,
    )
  const defaults = defaultConfiguration
  const connection = root.section('clientConnection')
  const kubeconfig = connection.text('kubeconfig')
  // rates and content types tune upstream's client; ours has one connection and the server's own flow control
  for (const tuning of ['acceptContentTypes', 'contentType', 'qps', 'burst']) connection.ignore(tuning)
  connection.finish()
  const election = root.section('leaderElection')
  const d = defaults.leaderElection
  const leaderElection: LeaderElectionSettings = {
    leaderElect: election.bool('leaderElect') ?? d.leaderElect,
    leaseDuration: election.duration('leaseDuration') ?? d.leaseDuration,
    renewDeadline: election.duration('renewDeadline') ?? d.renewDeadline,
    retryPeriod: election.duration('retryPeriod') ?? d.retryPeriod,
    resourceName: election.text('resourceName') ?? d.resourceName,
    resourceNamespace: election.text('resourceNamespace') ?? d.resourceNamespace,
  }
  const lock = election.text('resourceLock')
  if (lock !== undefined && lock !== 'leases')
    throw new UsageError(`leaderElection.resourceLock: Invalid value: "${lock}": resourceLock value must be "leases"`)
  election.finish()
  for (const tuning of ['parallelism', 'enableProfiling', 'enableContentionProfiling', 'delayCacheUntilActive'])
    root.ignore(tuning)
  const profiles = root.list('profiles').map(parseProfile)
  const names = new Set(profiles.map(profile => profile.schedulerName))
  if (names.size < profiles.length) throw new UsageError('profiles: Duplicate value: schedulerName must be unique')
  const configuration: SchedulerConfiguration = {
    leaderElection,
    percentageOfNodesToScore: percentage(root) ?? defaults.percentageOfNodesToScore,
    podInitialBackoff: (root.number('podInitialBackoffSeconds') ?? 1) * 1_000,
    podMaxBackoff: (root.number('podMaxBackoffSeconds') ?? 10) * 1_000,
    profiles: profiles.length === 0 ? defaults.profiles : profiles,
  }
  root.finish()
  if (kubeconfig) configuration.kubeconfig = kubeconfig
  return configuration
}

function percentage(section: Section): number | undefined {
  const value = section.number('percentageOfNodesToScore')
  if (value !== undefined && (value < 0 || value > 100))
    throw new UsageError(`percentageOfNodesToScore: Invalid value: ${value}: not in valid range [0-100]`)
  return value
}

function parseProfile(section: Section): ProfileConfiguration {
  const plugins = section.section('plugins')
  const disabled = (point: Section) => new Set(point.list('disabled').map(entry => only(entry, 'name')))
  const weights = new Map<string, number>()
  const enabled = new Set<string>()
  const readPoint = (name: string): Set<string> => {
    const point = plugins.section(name)
    const off = disabled(point)
    for (const entry of point.list('enabled')) {
      const plugin = entry.text('name') ?? ''
      const weight = entry.number('weight')
      entry.finish()
      if (weight !== undefined && weight > 0) weights.set(plugin, weight)
      enabled.add(plugin)
      off.delete(plugin)
    }
    point.finish()
    return off
  }
  const profile: ProfileConfiguration = {
    schedulerName: section.text('schedulerName') ?? 'default-scheduler',
    disabled: readPoint('multiPoint'),
    disabledFilters: readPoint('filter'),
    disabledScores: readPoint('score'),
    enabled,
    weights,
  }
  plugins.finish()
  const share = percentage(section)
  if (share !== undefined) profile.percentageOfNodesToScore = share
  for (const entry of section.list('pluginConfig')) {
    const name = entry.text('name')
    if (name !== 'NodeResourcesFit')
      throw new UsageError(
        `${entry.path}.name: Unsupported value: "${name ?? ''}": supported values: "NodeResourcesFit"`,
      )
    const args = entry.section('args')
    args.ignore('apiVersion')
    args.ignore('kind')
    const strategy = args.section('scoringStrategy')
    const type = strategy.text('type') ?? 'LeastAllocated'
    if (type !== 'LeastAllocated' && type !== 'MostAllocated')
      throw new UsageError(
        `${strategy.path}.type: Unsupported value: "${type}": supported values: "LeastAllocated", "MostAllocated"`,
      )
    const resources = strategy.list('resources').map(resource => {
      const parsed = { name: resource.text('name') ?? '', weight: resource.number('weight') ?? 1 }
      resource.finish()
      return parsed
    })
    strategy.finish()
    args.finish()
    entry.finish()
    const fallback = ['cpu', 'memory'].map(name => ({ name, weight: 1 }))
    profile.nodeResourcesFit = { strategy: type, resources: resources.length === 0 ? fallback : resources }
  }
  section.finish()
  return profile
}

function only(section: Section, name: string): string {
  const value = section.text(name) ?? ''
  section.finish()
  return value
}

/** A mapping of the file; whatever is left unread at `finish` is an unknown field. */
class Section {
  readonly path: string
  readonly #values: Map<string, unknown>

  constructor(value: unknown, path: string) {
    value ??= {}
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new UsageError(`${path || 'the scheduler configuration'} must be a mapping`)
    this.path = path
    this.#values = new Map(Object.entries(value))
  }

  text(name: string): string | undefined {
    return this.#take(name, 'string') as string | undefined
  }

  number(name: string): number | undefined {
    return this.#take(name, 'number') as number | undefined
  }

  bool(name: string): boolean | undefined {
    return this.#take(name, 'boolean') as boolean | undefined
  }

  duration(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const ms = parseDuration(text)
    if (ms === undefined) throw new UsageError(`${this.#name(name)} must be a duration such as 15s, not "${text}"`)
    return ms
  }

  section(name: string): Section {
    return new Section(this.#pop(name), this.#name(name))
  }

  list(name: string): Section[] {
    const value = this.#pop(name) ?? []
    if (!Array.isArray(value)) throw new UsageError(`${this.#name(name)} must be a list`)
    return value.map((entry, i) => new Section(entry, `${this.#name(name)}[${i}]`))
  }

  ignore(name: string): void {
    this.#values.delete(name)
  }

  finish(): void {
    for (const name of this.#values.keys())
      throw new UsageError(`strict decoding error: unknown field "${this.#name(name)}"`)
  }

  #name(field: string): string {
    return this.path === '' ? field : `${this.path}.${field}`
  }

  #pop(name: string): unknown {
    const value = this.#values.get(name)
    this.#values.delete(name)
    return value
  }

  #take(name: string, type: 'string' | 'number' | 'boolean'): unknown {
    const value = this.#pop(name)
    if (value === undefined || value === null) return undefined
    if (typeof value !== type)
      throw new UsageError(`${this.#name(name)} must be a ${type}, not ${JSON.stringify(value)}`)
    return value
  }
}
