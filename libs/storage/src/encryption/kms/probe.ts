import { randomBytes, randomUUID } from 'node:crypto'
import { goQuote } from '@kubets/apimachinery'
import { type Clock, type Logger, sleep } from '@kubets/component'
import { HkdfAesGcm, seedBytes } from '../providers/hkdf-aes-gcm.ts'
import { joined } from '../transformer.ts'
import type { StatusResponse } from './definition.ts'
import { checkSeed, type EncryptedSeed, hkdfSeed, seedName, wrongKeyId } from './encrypted-object.ts'
import { hashOf, type KmsMetrics } from './metrics.ts'
import type { KmsPlugin } from './plugin.ts'

/** What values are sealed with at the moment. */
export interface WriteState {
  readonly transformer: HkdfAesGcm
  readonly seed: EncryptedSeed
  /** {@link seedName} of it. */
  readonly name: string
  /** Nothing is written after it; each good status moves it on. */
  expires: number
}

/** Upstream's figures, ms: how often the plugin is asked, how long its answer counts, how long writes go on while it fails. */
const askEvery = 60_000
const askAgainAfter = 10_000
const goodFor = 20_000
const badFor = 3_000
const writableFor = 180_000

/**
 * Asks a plugin for its status and holds the seed of today's writes. When the plugin names another key, a new seed is made and encrypted
 * with it; while it fails, writes go on for three minutes with the old one, and reads without end.
 */
export class KmsProbe {
  readonly #provider: string
  readonly #plugin: KmsPlugin
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #metrics: KmsMetrics
  #state: WriteState | undefined
  #version = ''
  #last: { error: Error | undefined; until: number } | undefined
  #checking: Promise<void> | undefined

  constructor(options: { provider: string; plugin: KmsPlugin; clock: Clock; logger: Logger; metrics: KmsMetrics }) {
    this.#provider = options.provider
    this.#plugin = options.plugin
    this.#clock = options.clock
    this.#logger = options.logger
    this.#metrics = options.metrics
  }

  /** Throws as long as there is none: the plugin was never well. */
  current(): WriteState {
    if (this.#state === undefined) throw new Error('got unexpected nil transformer')
    return this.#state
  }

  assertWritable({ expires, seed }: WriteState): void {
    const now = this.#clock.now()
    if (now > expires)
      throw new Error(
        `encryptedDEKSource with keyID hash ${goQuote(hashOf(seed.keyId))} expired at ${seconds(expires)} (current time is ${seconds(now)})`,
      )
  }

  /** Throws what is wrong. An answer counts for some seconds; who asks at the same time gets the same one. */
  check(): Promise<void> {
    if (this.#last !== undefined && this.#clock.now() < this.#last.until)
      return this.#last.error === undefined ? Promise.resolve() : Promise.reject(this.#last.error)
    this.#checking ??= this.#ask().finally(() => {
      this.#checking = undefined
    })
    return this.#checking
  }

  /** Asks once a minute, and every ten seconds while it fails. */
  async run(signal: AbortSignal): Promise<void> {
    let well = await this.#isWell()
    while (!signal.aborted) {
      await sleep(well ? askEvery : askAgainAfter, signal, this.#clock)
      if (!signal.aborted) well = await this.#isWell()
    }
  }

  async #isWell(): Promise<boolean> {
    try {
      await this.check()
      return true
    } catch (error) {
      this.#logger.error({ err: error, name: this.#provider }, 'kms plugin failed health check probe')
      return false
    }
  }

  async #ask(): Promise<void> {
    let error: Error | undefined
    let shown: Error | undefined
    try {
      const status = await this.#plugin.status()
      error = shown = await this.#judge(status)
    } catch (failed) {
      error = failed as Error
      shown = new Error(
        `failed to perform status section of the healthz check for KMS Provider ${this.#provider}, error: ${error.message}`,
        { cause: failed },
      )
    }
    this.#last = { error, until: this.#clock.now() + (error === undefined ? goodFor : badFor) }
    if (shown !== undefined) throw shown
  }

  async #judge({ healthz, version, keyId }: StatusResponse): Promise<Error | undefined> {
    const errors: Error[] = []
    if (healthz !== 'ok') errors.push(new Error(`got unexpected healthz status: ${healthz}`))
    if (version !== 'v2' && version !== 'v2beta1')
      errors.push(new Error(`expected KMSv2 API version v2, got ${version}`))
    else {
      if (this.#version === '') this.#version = version
      if (this.#version !== version)
        errors.push(
          new Error(
            `KMSv2 API version should not change after the initial status response version ${this.#version}, got ${version}`,
          ),
        )
    }
    const wrong = wrongKeyId(keyId)
    if (wrong !== undefined) {
      this.#metrics.invalidKey(this.#provider, wrong.code)
      errors.push(new Error(`got invalid KMSv2 KeyID hash ${goQuote(hashOf(keyId))}: ${wrong.message}`))
    } else {
      this.#metrics.keyTold(this.#provider, keyId)
      const failed = await this.#follow(keyId)
      if (failed !== undefined) errors.push(failed)
    }
    if (errors.length === 0) return undefined
    return new Error(`kmsv2 Provider ${this.#provider} is not healthy, error: ${joined(errors).message}`)
  }

  /** Goes on with the seed of this key, or makes one. */
  async #follow(keyId: string): Promise<Error | undefined> {
    // before the plugin is asked: it is an upper bound
    const expires = this.#clock.now() + writableFor
    if (this.#state?.seed.keyId === keyId) {
      this.#state.expires = expires
      return undefined
    }
    const uid = randomUUID()
    let encryptKeyId = ''
    let why = '<nil>'
    try {
      const made = await this.#newSeed(uid)
      encryptKeyId = made.seed.keyId
      if (encryptKeyId === keyId) {
        this.#state = { ...made, expires }
        return undefined
      }
    } catch (error) {
      why = (error as Error).message
    }
    const state = this.#state === undefined ? 'got unexpected nil transformer' : '<nil>'
    return new Error(
      `failed to rotate DEK uid=${goQuote(uid)}, useSeed=true, errState=${state}, errGen=${why}, statusKeyIDHash=${goQuote(hashOf(keyId))}, ` +
        `encryptKeyIDHash=${goQuote(hashOf(encryptKeyId))}, stateKeyIDHash=${goQuote(hashOf(this.#state?.seed.keyId ?? ''))}, ` +
        `expirationTimestamp=${this.#state === undefined ? '0001-01-01T00:00:00Z' : seconds(this.#state.expires)}`,
    )
  }

  async #newSeed(uid: string): Promise<Omit<WriteState, 'expires'>> {
    const started = performance.now()
    const plain = randomBytes(seedBytes)
    this.#metrics.keyGenerated(started)
    const transformer = new HkdfAesGcm(plain)
    const answer = await this.#plugin.encrypt(uid, plain).catch(error => {
      throw new Error(`failed to encrypt DEK, error: ${(error as Error).message}`, { cause: error })
    })
    const { keyId, ciphertext, annotations } = answer
    const seed: EncryptedSeed = { keyId, encryptedSeed: ciphertext, annotations, type: hkdfSeed }
    checkSeed(seed)
    return { transformer, seed, name: seedName(seed) }
  }
}

const seconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
