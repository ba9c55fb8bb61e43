import { randomUUID } from 'node:crypto'
import type { Clock } from '@kubets/component'
import { AesGcm } from '../providers/aes-gcm.ts'
import { HkdfAesGcm } from '../providers/hkdf-aes-gcm.ts'
import { takeBytes } from '../sealed-bytes.ts'
import { nothing, type Opened, type Place, type Transformer } from '../transformer.ts'
import {
  decodeEncryptedObject,
  type EncryptedObject,
  type EncryptedSeed,
  encodeEncryptedObject,
  hkdfSeed,
  seedName,
} from './encrypted-object.ts'
import type { KmsMetrics } from './metrics.ts'
import type { KmsPlugin } from './plugin.ts'
import type { KmsProbe } from './probe.ts'

/** Seeds kept in clear, in memory. There is one for each start of each api-server and each of the plugin's keys; the oldest goes. */
const maxSeeds = 1_000

/** So long one failure answers for all values of its seed, ms: a list of thousands asks once. */
const failureTtl = 3_000

/** KMS v2: values are sealed with keys of a seed that the plugin has encrypted, and that lies beside them. */
export class KmsEnvelope implements Transformer {
  readonly #provider: string
  readonly #plugin: KmsPlugin
  readonly #probe: KmsProbe
  readonly #clock: Clock
  readonly #metrics: KmsMetrics
  readonly #seeds = new Map<string, Transformer>()
  readonly #asked = new Map<string, Promise<Transformer>>()

  constructor(options: { provider: string; plugin: KmsPlugin; probe: KmsProbe; clock: Clock; metrics: KmsMetrics }) {
    this.#provider = options.provider
    this.#plugin = options.plugin
    this.#probe = options.probe
    this.#clock = options.clock
    this.#metrics = options.metrics
  }

  seal(plain: Uint8Array, place: Place, head: Uint8Array): Uint8Array {
    const state = this.#probe.current()
    this.#probe.assertWritable(state)
    if (!this.#seeds.has(state.name)) this.#keep(state.name, state.transformer)
    const data = state.transformer.seal(plain, place, nothing)
    this.#metrics.keyUsed('to_storage', this.#provider, state.seed.keyId)
    const object = encodeEncryptedObject({ ...state.seed, data })
    const whole = takeBytes(head.length + object.length)
    whole.set(head)
    whole.set(object, head.length)
    return whole
  }

  open(stored: Uint8Array, place: Place): Opened | Promise<Opened> {
    const object = decodeEncryptedObject(stored)
    this.#probe.current()
    const name = seedName(object)
    const known = this.#seeds.get(name)
    if (known !== undefined) return this.#opened(object, known, place)
    // what is read may be overwritten while the plugin is asked
    const copy = { ...object, data: Buffer.from(object.data) }
    return this.#ask(name, object).then(transformer => this.#opened(copy, transformer, place))
  }

  #opened({ data, keyId, type }: EncryptedObject, transformer: Transformer, place: Place): Opened {
    this.#metrics.keyUsed('from_storage', this.#provider, keyId)
    const { value } = transformer.open(data, place) as Opened
    const { seed } = this.#probe.current()
    return { value, stale: keyId !== seed.keyId || type !== seed.type }
  }

  #ask(name: string, object: EncryptedSeed): Promise<Transformer> {
    const asked = this.#asked.get(name)
    if (asked !== undefined) return asked
    this.#metrics.cacheMiss()
    const { type, keyId } = object
    const request = {
      uid: randomUUID(),
      keyId,
      ciphertext: Buffer.from(object.encryptedSeed),
      annotations: Object.fromEntries(
        Object.entries(object.annotations).map(([key, value]) => [key, Buffer.from(value)]),
      ),
    }
    const answer = this.#plugin.decrypt(request).then(
      plain => {
        const transformer = type === hkdfSeed ? new HkdfAesGcm(plain) : new AesGcm(plain)
        this.#keep(name, transformer)
        this.#asked.delete(name)
        return transformer
      },
      error => {
        this.#clock.after(failureTtl, () => this.#asked.delete(name))
        throw new Error(`failed to decrypt DEK, error: ${(error as Error).message}`, { cause: error })
      },
    )
    this.#asked.set(name, answer)
    return answer
  }

  #keep(name: string, transformer: Transformer): void {
    if (this.#seeds.size >= maxSeeds) {
      const [oldest] = this.#seeds.keys()
      this.#seeds.delete(oldest as string)
    }
    this.#seeds.set(name, transformer)
    this.#metrics.cacheSize(this.#provider, this.#seeds.size)
  }
}
