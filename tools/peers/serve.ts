import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKubeApiserver } from './kube-apiserver.ts'

// node tools/peers/serve.ts [RUNTIME_CONFIG]: an upstream API server to look at, until Ctrl-C.
const [runtimeConfig] = process.argv.slice(2)
const folder = await mkdtemp(join(tmpdir(), 'kubets-upstream-'))
try {
  const log = (line: string) => process.stderr.write(`${line}\n`)
  await using peer = await startKubeApiserver(
    { folder, ...(runtimeConfig === undefined ? {} : { runtimeConfig }) },
    log,
  )
  process.stdout.write(`${peer.url}\n\nexport KUBECONFIG=${join(folder, 'kubeconfig')}\n`)
  await new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
} finally {
  await rm(folder, { recursive: true, force: true })
}
