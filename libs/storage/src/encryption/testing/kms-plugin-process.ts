import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('kms-plugin-main.ts', import.meta.url))

export interface KmsPluginProcess extends AsyncDisposable {
  readonly endpoint: string
  /** The plugin writes with this key from now on. */
  rotate(keyId: string): Promise<void>
}

/** The test plugin as a process of its own. Disposing ends it. */
export async function spawnTestKmsPlugin(socket: string, keyId = 'key-1'): Promise<KmsPluginProcess> {
  const child = spawn(process.execPath, [main, socket, keyId], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (wanted: string) => {
    const line = await lines.next()
    if (line.value !== wanted) throw new Error(`the KMS plugin said ${line.value ?? 'nothing'}, not ${wanted}`)
  }
  await next('ready')
  return {
    endpoint: `unix://${socket}`,
    rotate(id) {
      child.stdin.write(`${id}\n`)
      return next(id)
    },
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
    },
  }
}
