import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import { fillRandom } from '../random.ts'
import { takeBytes } from '../sealed-bytes.ts'
import type { Opened, Place, Transformer } from '../transformer.ts'
import { tooShort } from './aes-gcm.ts'

const nonceBytes = 24
const tagBytes = 16

/** NaCl's secretbox (XSalsa20 and Poly1305): 24 random bytes, the tag, the ciphertext. */
export class Secretbox implements Transformer {
  readonly #key: Uint8Array

  /** 32 bytes. */
  constructor(key: Uint8Array) {
    this.#key = Uint8Array.from(key)
  }

  seal(plain: Uint8Array, _place: Place, head: Uint8Array): Uint8Array {
    const sealed = takeBytes(head.length + nonceBytes + tagBytes + plain.length)
    sealed.set(head)
    const nonce = sealed.subarray(head.length, head.length + nonceBytes)
    fillRandom(nonce)
    sealed.set(xsalsa20poly1305(this.#key, nonce).encrypt(plain), head.length + nonceBytes)
    return sealed
  }

  open(stored: Uint8Array): Opened {
    if (stored.length < nonceBytes + tagBytes) throw new Error(tooShort)
    const nonce = stored.subarray(0, nonceBytes)
    try {
      const value = xsalsa20poly1305(this.#key, nonce).decrypt(stored.subarray(nonceBytes))
      return { value: Buffer.from(value.buffer, value.byteOffset, value.length), stale: false }
    } catch {
      // upstream's words, wherever they came from
      throw new Error('output array was not large enough for encryption')
    }
  }
}
