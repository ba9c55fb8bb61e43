import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCommandLine } from '@kubets/component/plain'
import { startKubeApiserver } from './kube-apiserver.ts'

const {
  positionals: [runtimeConfig],
} = readCommandLine({
  command: 'node tools/peers/serve.ts',
  about: 'An upstream API server to look at, until Ctrl-C. Prints how to reach it.',
  positionals: '[RUNTIME_CONFIG]',
  flags: {},
  examples: ['node tools/peers/serve.ts', 'node tools/peers/serve.ts api/all=true'],
})
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
