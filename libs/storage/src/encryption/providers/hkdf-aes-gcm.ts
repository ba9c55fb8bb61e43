import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { fillRandom } from '../random.ts'
import type { Opened, Place, Transformer } from '../transformer.ts'
import { AesGcm, tooShort } from './aes-gcm.ts'

const infoBytes = 32
export const seedBytes = 32

/** Keys made of seeds that are kept; at the bound the one that was made first goes, and costs a hash again. */
const maxKeys = 4_096

/**
 * AES-GCM with a key of its own for each value, so that no number of writes wears a key out: 32 random bytes are stored in front, and the key
 * is HKDF-Expand (RFC 5869, SHA-256) of seed and those bytes.
 */
export class HkdfAesGcm implements Transformer {
  readonly #seed: KeyObject
  /** By the store's key: what is read over and over needs its hash once. */
  readonly #made = new Map<string, { info: Buffer; transformer: AesGcm }>()

  /** At least 32 random bytes. */
  constructor(seed: Uint8Array) {
    if (seed.length < seedBytes) throw new Error(`invalid seed length ${seed.length} used for key generation`)
    this.#seed = createSecretKey(seed)
  }

  seal(plain: Uint8Array, place: Place, head: Uint8Array): Buffer {
    const whole = Buffer.allocUnsafeSlow(head.length + infoBytes)
    whole.set(head)
    const info = whole.subarray(head.length)
    fillRandom(info)
    return this.#derive(info, place.key).seal(plain, place, whole)
  }

  open(stored: Uint8Array, place: Place): Opened {
    if (stored.length < infoBytes) throw new Error(tooShort)
    const info = stored.subarray(0, infoBytes)
    const known = this.#made.get(place.key)
    const transformer =
      known?.info.equals(info) === true ? known.transformer : this.#derive(Buffer.from(info), place.key)
    return transformer.open(stored.subarray(infoBytes), place)
  }

  #derive(info: Buffer, key: string): AesGcm {
    // the first block of the expansion is all that a 32-byte key takes
    const transformer = new AesGcm(createHmac('sha256', this.#seed).update(info).update(one).digest())
    this.#made.delete(key)
    if (this.#made.size >= maxKeys) {
      const [oldest] = this.#made.keys()
      this.#made.delete(oldest as string)
    }
    this.#made.set(key, { info, transformer })
    return transformer
  }
}

const one = Uint8Array.of(1)
