import { hasNodePorts, needsHealthCheck, type Service } from '@kubets/api-types'
import { ApiError, field, internalError, invalid } from '@kubets/apimachinery'
import type { NodePortRegistry } from './range-allocation.ts'
import type { Transaction } from './transaction.ts'

type Ports = NonNullable<NonNullable<Service['spec']>['ports']>

/** Dry runs show ports from here on: none of them is looked for. */
const firstDryRunPort = 32_769

/** Takes and gives back the node ports of one write. */
export class PortOperation {
  readonly #registry: NodePortRegistry
  readonly #transaction: Transaction
  readonly #dryRun: boolean
  readonly #taken: number[] = []

  constructor(registry: NodePortRegistry, transaction: Transaction, dryRun: boolean) {
    this.#registry = registry
    this.#transaction = transaction
    this.#dryRun = dryRun
  }

  /** Throws what is wrong with the port in upstream's words. */
  async take(port: number): Promise<void> {
    if (this.#dryRun) {
      if (this.#taken.includes(port) || (await this.#registry.has(port))) throw new Error(allocated)
      this.#taken.push(port)
      return
    }
    const { range } = this.#registry
    let refused = ''
    await this.#registry.update(ports => {
      refused = ports.inRange(port)
        ? ports.take(port)
          ? ''
          : allocated
        : `provided port is not in the valid range. The range of valid ports is ${range.text}`
      return refused === ''
    })
    if (refused !== '') throw new Error(refused)
    this.#took(port)
  }

  async takeAny(): Promise<number> {
    if (this.#dryRun) {
      const port = this.#taken.reduce((most, one) => Math.max(most, one), firstDryRunPort - 1) + 1
      this.#taken.push(port)
      return port
    }
    let port: number | undefined
    await this.#registry.update(ports => {
      port = ports.free()
      return port !== undefined && ports.take(port)
    })
    if (port === undefined) throw new Error('range is full')
    this.#took(port)
    return port
  }

  #took(port: number): void {
    this.#transaction.whenRefused(() => this.#release(port))
  }

  /** Once the write is stored. */
  release(port: number): void {
    if (!this.#dryRun) this.#transaction.whenStored(() => this.#release(port))
  }

  #release(port: number): Promise<void> {
    return releasePorts(this.#registry, [port])
  }
}

const allocated = 'provided port is already allocated'

export async function releasePorts(registry: NodePortRegistry, list: readonly number[]): Promise<void> {
  if (list.length === 0) return
  await registry.update(ports => {
    const held = list.filter(port => ports.has(port))
    for (const port of held) ports.release(port)
    return held.length > 0
  })
}

export const nodePortsOf = ({ spec }: Service): number[] =>
  (spec?.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : []))

const allocatesNodePorts = ({ spec }: Service) =>
  spec?.type === 'NodePort' || (spec?.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === true)

const refusal = (service: Service, index: number, port: number, error: unknown) =>
  invalid('Service', service.metadata?.name ?? '', [
    field.invalid(`spec.ports[${index}].nodePort`, port, (error as Error).message),
  ])

/** A request that cannot be answered is nobody's mistake: 500, as upstream. */
async function takeAny(operation: PortOperation): Promise<number> {
  try {
    return await operation.takeAny()
  } catch (error) {
    throw internalError(`failed to allocate a nodePort: ${(error as Error).message}`)
  }
}

export async function allocateNodePorts(service: Service, operation: PortOperation): Promise<void> {
  if (hasNodePorts(service)) await allocateEach(service, operation)
  if (needsHealthCheck(service)) await allocateHealthCheckPort(service, operation)
}

/** Ports of one number in several protocols get one node port. */
async function allocateEach(service: Service, operation: PortOperation): Promise<void> {
  const ports = service.spec?.ports ?? []
  const given = new Map<number, number>()
  for (const [index, entry] of ports.entries()) {
    if (!entry.nodePort && !allocatesNodePorts(service)) continue
    const before = given.get(entry.port)
    if (before === undefined) {
      const wanted = requested(entry.port, ports)
      if (wanted !== undefined) {
        await operation.take(wanted).catch(error => {
          throw refusal(service, index, wanted, error)
        })
      }
      entry.nodePort = wanted ?? (await takeAny(operation))
      given.set(entry.port, entry.nodePort)
    } else if (!entry.nodePort) entry.nodePort = before
    else if (entry.nodePort !== before) {
      const wanted = entry.nodePort
      await operation.take(wanted).catch(error => {
        throw refusal(service, index, wanted, error)
      })
    }
  }
}

const requested = (port: number, ports: Ports) => ports.find(entry => entry.port === port && entry.nodePort)?.nodePort

async function allocateHealthCheckPort(service: Service, operation: PortOperation): Promise<void> {
  const { spec = {} } = service
  const wanted = spec.healthCheckNodePort ?? 0
  try {
    if (wanted !== 0) await operation.take(wanted)
    else spec.healthCheckNodePort = await operation.takeAny()
  } catch (error) {
    const what = wanted === 0 ? 'a HealthCheck NodePort 0' : `requested HealthCheck NodePort ${wanted}`
    throw internalError(`failed to allocate ${what}: ${(error as Error).message}`)
  }
}

export async function updateNodePorts(service: Service, old: Service, operation: PortOperation): Promise<void> {
  const before = nodePortsOf(old)
  if (hasNodePorts(service)) {
    await updateEach(service, before, operation)
    const now = new Set(nodePortsOf(service))
    for (const port of before) if (!now.has(port)) operation.release(port)
  } else if (hasNodePorts(old)) for (const port of before) operation.release(port)

  const needed = needsHealthCheck(old)
  const needs = needsHealthCheck(service)
  if (!needed && needs) await allocateHealthCheckPort(service, operation)
  else if (needed && !needs && old.spec?.healthCheckNodePort) operation.release(old.spec.healthCheckNodePort)
}

/** An error that upstream has no Status for: 500 with its text and nothing else. */
const plainError = (message: string) =>
  new ApiError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code: 500 })

async function updateEach(service: Service, before: readonly number[], operation: PortOperation): Promise<void> {
  const taken = new Set<number>()
  const seen = new Set<string>()
  for (const [index, entry] of (service.spec?.ports ?? []).entries()) {
    const wanted = entry.nodePort
    if (!wanted && !allocatesNodePorts(service)) continue
    if (!wanted) entry.nodePort = await takeAny(operation)
    else if (!before.includes(wanted) && !taken.has(wanted)) {
      await operation.take(wanted).catch(error => {
        throw refusal(service, index, wanted, error)
      })
      taken.add(wanted)
    }
    const key = `${entry.protocol}/${entry.nodePort}`
    if (seen.has(key)) throw plainError(`duplicate nodePort: {${entry.protocol} ${entry.nodePort}}`)
    seen.add(key)
  }
}
