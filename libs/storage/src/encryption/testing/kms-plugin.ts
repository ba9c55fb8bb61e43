import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js'
import type {
  DecryptRequest,
  DecryptResponse,
  EncryptRequest,
  EncryptResponse,
  StatusResponse,
} from '../kms/definition.ts'
import { loadKmsService } from '../kms/definition.ts'

/** A KMS v2 plugin for tests, on a unix socket. Its keys are made of their ids: what one process encrypts, any other opens. */
export interface TestKmsPlugin extends AsyncDisposable {
  /** The key that it writes with; changed as a rotation changes it. */
  keyId: string
  healthz: string
  version: string
  /** Fails all calls but `Status`. */
  broken: boolean
  readonly calls: { status: number; encrypt: number; decrypt: number }
}

/** So that the tests see them come back. */
const annotation = 'version.encryption.kubets.test'

export async function startTestKmsPlugin(socket: string, keyId = 'key-1'): Promise<TestKmsPlugin> {
  const [grpc, service] = await Promise.all([import('@grpc/grpc-js'), loadKmsService()])
  const server = new grpc.Server()
  const calls = { status: 0, encrypt: 0, decrypt: 0 }
  const plugin: TestKmsPlugin = {
    keyId,
    healthz: 'ok',
    version: 'v2',
    broken: false,
    calls,
    async [Symbol.asyncDispose]() {
      server.forceShutdown()
      await rm(socket, { force: true })
    },
  }
  const answer =
    <Q, A>(name: keyof typeof calls, make: (request: Q) => A) =>
    (call: ServerUnaryCall<Q, A>, done: sendUnaryData<A>) => {
      calls[name]++
      try {
        if (plugin.broken && name !== 'status') throw new Error('the vault is sealed')
        done(null, make(call.request))
      } catch (error) {
        done({ code: grpc.status.FAILED_PRECONDITION, details: (error as Error).message })
      }
    }
  server.addService(service, {
    Status: answer<object, StatusResponse>('status', () => ({
      version: plugin.version,
      healthz: plugin.healthz,
      keyId: plugin.keyId,
    })),
    Encrypt: answer<EncryptRequest, EncryptResponse>('encrypt', ({ plaintext }) => ({
      ciphertext: seal(plugin.keyId, plaintext),
      keyId: plugin.keyId,
      annotations: { [annotation]: Buffer.from('1') },
    })),
    Decrypt: answer<DecryptRequest, DecryptResponse>('decrypt', ({ ciphertext, keyId: id, annotations }) => {
      if (Buffer.from(annotations[annotation] ?? []).toString() !== '1') throw new Error('the annotations are not mine')
      return { plaintext: open(id, Buffer.from(ciphertext)) }
    }),
  })
  await rm(socket, { force: true })
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(`unix:${socket}`, grpc.ServerCredentials.createInsecure(), error =>
      error ? reject(error) : resolve(),
    ),
  )
  return plugin
}

const secretOf = (keyId: string) => createHash('sha256').update(`a test's key ${keyId}`).digest()

function seal(keyId: string, plain: Uint8Array): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', secretOf(keyId), nonce)
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([nonce, body, cipher.getAuthTag()])
}

function open(keyId: string, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', secretOf(keyId), sealed.subarray(0, 12))
  decipher.setAuthTag(sealed.subarray(-16))
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()])
}
