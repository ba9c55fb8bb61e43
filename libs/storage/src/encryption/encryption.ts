import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { goQuote } from '@kubets/apimachinery'
import { type Clock, type HealthCheck, type Logger, sleep, systemClock } from '@kubets/component'
import { type Built, buildTransformers } from './configuration/build.ts'
import { decodeConfiguration } from './configuration/decode.ts'
import { validateConfiguration } from './configuration/validation.ts'
import { KmsMetrics } from './kms/metrics.ts'
import type { KmsProbe } from './kms/probe.ts'
import { type MetricFamily, TransformationMetrics } from './metrics.ts'
import { ReloadMetrics } from './reload-metrics.ts'
import { ResourceTransformers } from './resource-transformers.ts'
import { joined } from './transformer.ts'

export interface EncryptionOptions {
  /** `--encryption-provider-config` */
  file: string
  /** `--encryption-provider-config-automatic-reload` */
  reload?: boolean
  /** Named, hashed, in metrics. */
  apiServerId: string
  logger: Logger
  clock?: Clock
  /** How often the file is looked at, ms. Default 10 seconds. */
  pollInterval?: number
}

/** What a configuration file makes of the store. */
export interface Encryption extends AsyncDisposable {
  readonly transformers: ResourceTransformers
  /** For /healthz and /readyz: `kms-providers`, where there is or may be a KMS. */
  readonly healthChecks: readonly HealthCheck[]
  readonly metrics: readonly MetricFamily[]
  /** Called after each new configuration. */
  onReload(listener: () => void): void
}

interface Loaded extends Built {
  hash: string
  stop: AbortController
}

/** New plugins have this long to be well, ms, or twice what their calls may take. */
const minGrace = 10_000

/** See the room's `index.ts`. */
export async function startEncryption(options: EncryptionOptions): Promise<Encryption> {
  const encryption = new FileEncryption(options)
  await encryption.start()
  return encryption
}

class FileEncryption implements Encryption {
  readonly transformers = new ResourceTransformers()
  readonly metrics: readonly MetricFamily[]
  healthChecks: readonly HealthCheck[] = []
  readonly #options: EncryptionOptions
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #transformations = new TransformationMetrics()
  readonly #kms: KmsMetrics
  readonly #reloads: ReloadMetrics
  readonly #stop = new AbortController()
  readonly #listeners: (() => void)[] = []
  #loaded: Loaded | undefined
  #watching: Promise<void> | undefined

  constructor(options: EncryptionOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#logger = options.logger
    this.#kms = new KmsMetrics(options.apiServerId)
    this.#reloads = new ReloadMetrics(options.apiServerId, this.#clock)
    this.metrics = [...this.#transformations.families(), ...this.#kms.families(), ...this.#reloads.families()]
  }

  async start(): Promise<void> {
    const loaded = await this.#load(await readConfiguration(this.#options.file))
    this.#reloads.configuration(loaded.hash)
    this.#take(loaded)
    const { reload = false } = this.#options
    if (reload || loaded.probes.length > 0)
      this.healthChecks = [{ name: 'kms-providers', check: () => checkAll(this.#loaded?.probes ?? []) }]
    if (reload) this.#watching = this.#watch()
  }

  onReload(listener: () => void): void {
    this.#listeners.push(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#loaded?.stop.abort()
    await this.#watching
  }

  async #load({ text, hash }: { text: string; hash: string }): Promise<Loaded> {
    const { file, reload = false } = this.#options
    const config = await decodeConfiguration(text).catch(error => {
      throw new Error(
        `error while parsing file: error decoding encryption provider configuration file ${goQuote(file)}: ${(error as Error).message}`,
      )
    })
    const wrong = validateConfiguration(config, reload)
    if (wrong.length > 0)
      throw new Error(
        `error while parsing file: ${joined(wrong.map(({ field, message }) => new Error(`${field}: ${message}`))).message}`,
      )
    const stop = new AbortController()
    try {
      const context = {
        clock: this.#clock,
        logger: this.#logger,
        transformations: this.#transformations,
        kms: this.#kms,
        signal: stop.signal,
      }
      return { ...(await buildTransformers(config, context)), hash, stop }
    } catch (error) {
      stop.abort()
      throw new Error(`error while building transformers: ${(error as Error).message}`, { cause: error })
    }
  }

  #take(loaded: Loaded): void {
    const old = this.#loaded
    this.#loaded = loaded
    this.transformers.replace(loaded.transformers)
    // what is under way may still ask the old plugins
    if (old !== undefined) this.#clock.after(2 * old.kmsTimeout, () => old.stop.abort())
  }

  /** Looks at the file from time to time. What is wrong is told, counted, and looked at again; until it is right the last good one holds. */
  async #watch(): Promise<void> {
    const { signal } = this.#stop
    const { file, pollInterval = 10_000 } = this.#options
    for (;;) {
      await sleep(pollInterval, signal, this.#clock)
      if (signal.aborted) return
      try {
        const read = await readConfiguration(file)
        if (read.hash === this.#loaded?.hash) continue
        const loaded = await this.#load(read)
        try {
          await this.#untilWell(loaded)
        } catch (error) {
          loaded.stop.abort()
          throw error
        }
        if (signal.aborted) return loaded.stop.abort()
        this.#take(loaded)
        this.#reloads.succeeded(loaded.hash)
        this.#logger.info({ file }, 'Loaded new encryption config content')
        for (const listener of this.#listeners) listener()
      } catch (error) {
        this.#reloads.failed()
        this.#logger.error({ err: error, file }, 'error processing encryption config file')
      }
    }
  }

  async #untilWell({ probes, kmsTimeout }: Loaded): Promise<void> {
    const deadline = this.#clock.now() + Math.max(minGrace, 2 * kmsTimeout)
    for (;;) {
      try {
        return await checkAll(probes)
      } catch (error) {
        if (this.#stop.signal.aborted || this.#clock.now() >= deadline)
          throw new Error(
            `health check for new transformers failed, polling error timed out waiting for the condition: ${(error as Error).message}`,
          )
        await sleep(100, this.#stop.signal, this.#clock)
      }
    }
  }
}

async function readConfiguration(file: string): Promise<{ text: string; hash: string }> {
  const bytes = await readFile(file).catch(error => {
    throw new Error(
      `error while parsing file: error while loading file: error reading encryption provider configuration file ${goQuote(file)}: ${(error as Error).message}`,
    )
  })
  if (bytes.length === 0)
    throw new Error(
      `error while parsing file: error while loading file: encryption provider configuration file ${goQuote(file)} is empty`,
    )
  return { text: bytes.toString('utf8'), hash: `sha256:${createHash('sha256').update(bytes).digest('hex')}` }
}

/** One after the other, as upstream, all that are wrong in one error. */
async function checkAll(probes: readonly KmsProbe[]): Promise<void> {
  const errors: Error[] = []
  for (const [i, probe] of probes.entries()) {
    await probe.check().catch(error => {
      errors.push(new Error(`kms-provider-${i}: ${(error as Error).message}`, { cause: error }))
    })
  }
  if (errors.length > 0) throw joined(errors)
}
