import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { fillRandom } from '../random.ts'
import type { Opened, Place, Transformer } from '../transformer.ts'
import { AesGcm, tooShort } from './aes-gcm.ts'

const infoBytes = 32
export const seedBytes = 32

/**
 * AES-GCM with a key of its own for each value, so that no number of writes wears a key out: 32 random bytes are stored in front, and the key
 * is HKDF-Expand (RFC 5869, SHA-256) of seed and those bytes.
 */
export class HkdfAesGcm implements Transformer {
  readonly #seed: KeyObject

  /** At least 32 random bytes. */
  constructor(seed: Uint8Array) {
    if (seed.length < seedBytes) throw new Error(`invalid seed length ${seed.length} used for key generation`)
    this.#seed = createSecretKey(seed)
  }

  seal(plain: Uint8Array, place: Place, head: Uint8Array): Buffer {
    const whole = Buffer.allocUnsafe(head.length + infoBytes)
    whole.set(head)
    const info = whole.subarray(head.length)
    fillRandom(info)
    return this.#derive(info).seal(plain, place, whole)
  }

  open(stored: Uint8Array, place: Place): Opened {
    if (stored.length < infoBytes) throw new Error(tooShort)
    return this.#derive(stored.subarray(0, infoBytes)).open(stored.subarray(infoBytes), place)
  }

  /** Two microseconds: not worth keeping, as the watch cache reads a value once. */
  #derive(info: Uint8Array): AesGcm {
    // the first block of the expansion is all that a 32-byte key takes
    return new AesGcm(createHmac('sha256', this.#seed).update(info).update(one).digest())
  }
}

const one = Uint8Array.of(1)
