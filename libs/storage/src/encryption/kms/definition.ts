import { fileURLToPath } from 'node:url'
import type { MethodDefinition, ServiceDefinition } from '@grpc/proto-loader'

const protoFile = fileURLToPath(new URL('../../../../../protos/kms/v2/kms.proto', import.meta.url))

export interface StatusResponse {
  version: string
  healthz: string
  keyId: string
}

export interface EncryptRequest {
  plaintext: Buffer
  uid: string
}

export interface EncryptResponse {
  ciphertext: Buffer
  keyId: string
  annotations: Record<string, Buffer>
}

export interface DecryptRequest {
  ciphertext: Uint8Array
  uid: string
  keyId: string
  annotations: Record<string, Uint8Array>
}

export interface DecryptResponse {
  plaintext: Buffer
}

export interface KmsMethods {
  Status: MethodDefinition<object, StatusResponse>
  Encrypt: MethodDefinition<EncryptRequest, EncryptResponse>
  Decrypt: MethodDefinition<DecryptRequest, DecryptResponse>
}

/** The service of `protos/kms/v2`: names in camel case, every field present. */
export async function loadKmsService(): Promise<KmsMethods & ServiceDefinition> {
  const { loadSync } = await import('@grpc/proto-loader')
  const definition = loadSync(protoFile, { keepCase: false, defaults: true, bytes: Buffer as never })
  return definition['v2.KeyManagementService'] as unknown as KmsMethods & ServiceDefinition
}
