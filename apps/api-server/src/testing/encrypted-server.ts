import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { createLogger } from '@kubets/component'
import { type KeyValueStore, openEmbeddedStore } from '@kubets/storage'
import { configuration } from '@kubets/storage/testing'
import { type TestApiServer, testApiServer } from './api-server.ts'

export const secretsPath = '/api/v1/namespaces/default/secrets'

export const secret = (name: string, data: Record<string, string>) => ({
  kind: 'Secret',
  apiVersion: 'v1',
  metadata: { name },
  data,
})

/** A configuration under which secrets alone are encrypted. */
export const secrets = (...providers: string[]) => configuration({ resources: ['secrets'], providers })

/** A store, and where its files are. */
export interface EncryptedStore extends AsyncDisposable {
  readonly store: KeyValueStore
  readonly files: string
}

/** A server with encryption at rest, its configuration and all that it logs. */
export interface EncryptedServer extends AsyncDisposable {
  readonly api: TestApiServer
  readonly request: TestApiServer['h2']['request']
  /** At once, as a mounted file changes: whoever reads it sees the old text or the new one. */
  configure(text: string): Promise<void>
  logs(): string
}

/** A folder for stores and configurations. */
export class EncryptionFolder implements AsyncDisposable {
  readonly path: string
  #names = 0

  private constructor(path: string) {
    this.path = path
  }

  static async make(): Promise<EncryptionFolder> {
    return new EncryptionFolder(await mkdtemp(join(tmpdir(), 'kubets-encryption-')))
  }

  /** A path of no file yet. */
  fresh(name: string): string {
    return join(this.path, `${this.#names++}-${name}`)
  }

  async openStore(): Promise<EncryptedStore> {
    const files = this.fresh('store')
    const store = await openEmbeddedStore({ directory: files })
    return { store, files, [Symbol.asyncDispose]: () => store.close() }
  }

  /** Without a text the server has no configuration. */
  async serve(store: KeyValueStore, text: string | undefined, reload = false): Promise<EncryptedServer> {
    const file = this.fresh('config.yaml')
    if (text !== undefined) await writeFile(file, text)
    let logs = ''
    const destination = new Writable({
      write(chunk, _, done) {
        logs += String(chunk)
        done()
      },
    })
    const api = await testApiServer({
      store,
      logger: createLogger({ component: 'api-server', verbosity: 9, destination }),
      ...(text === undefined ? {} : { encryption: { file, reload, pollInterval: 20 } }),
    })
    return {
      api,
      request: (...args) => api.h2.request(...args),
      async configure(next) {
        await writeFile(`${file}.next`, next)
        await rename(`${file}.next`, file)
      },
      logs: () => logs,
      [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
  }
}
