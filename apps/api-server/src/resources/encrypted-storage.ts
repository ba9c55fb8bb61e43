import type { Catalogue } from '@kubets/api-types'
import type { Clock, Logger } from '@kubets/component'
import {
  type Encryption,
  encryptedStore,
  type KeyValueStore,
  ResourceTransformers,
  startEncryption,
} from '@kubets/storage'
import { apiServerName } from '../bootstrap/identity-lease.ts'
import type { ApiServerOptions } from '../options.ts'
import { kindOfKey } from './kind-of-key.ts'

/**
 * The store as the api-server sees it: what it encrypts as the configuration says. Without one values are written as they are, and what an
 * earlier one encrypted is not taken for an object.
 */
export async function encryptedStorage(
  { store, encryption: given }: Pick<ApiServerOptions, 'store' | 'encryption'>,
  { catalogue, logger, clock }: { catalogue: Catalogue; logger: Logger; clock: Clock },
): Promise<{ store: KeyValueStore; encryption: Encryption | undefined }> {
  const kindOf = kindOfKey(catalogue)
  if (given === undefined)
    return { store: encryptedStore({ store, transformers: new ResourceTransformers(), kindOf }), encryption: undefined }
  const encryption = await startEncryption({ ...given, apiServerId: apiServerName(), logger, clock })
  return { store: encryptedStore({ store, transformers: encryption.transformers, kindOf }), encryption }
}
