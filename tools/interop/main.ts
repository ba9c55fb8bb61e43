import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCommandLine } from '@kubets/component/plain'

const { values } = readCommandLine({
  command: 'npm run interop --',
  about:
    'kube-apiserver and kubets over one etcd: of every built-in kind, what one of the two wrote is read, changed and deleted by the other.',
  flags: {
    kind: { type: 'regexp', default: '', help: "Only kinds that match, as 'apps/v1 deployments'." },
    media: {
      type: 'string',
      choices: ['json', 'protobuf'],
      help: 'What kubets writes. Without it one after the other.',
    },
    encryption: { type: 'bool', help: 'Secrets under each encryption provider instead.' },
    only: { type: 'string', help: 'With --encryption: one of them, as aesgcm.' },
    record: {
      type: 'bool',
      help: "Instead: writes what kube-apiserver stores under each provider into the tests' data.",
    },
    etcd: { type: 'string', help: 'Program of another etcd than the one that was built for this.' },
  },
  examples: ['npm run interop -- --kind apps/v1 --media protobuf', 'npm run interop -- --encryption --only aesgcm'],
})
const folder = await mkdtemp(join(tmpdir(), 'kubets-interop-'))
let failed = 0
try {
  if (values.record) {
    const { record } = await import('./record-encryption.ts')
    await record(folder, line => process.stdout.write(`${line}\n`))
  } else if (values.encryption) {
    const { encryptionInterop } = await import('./encryption.ts')
    failed = await encryptionInterop({ folder, only: values.only, etcd: values.etcd })
  } else {
    const { kindsInterop } = await import('./kinds.ts')
    for (const media of ['json', 'protobuf'] as const) {
      if (values.media !== undefined && values.media !== media) continue
      failed += await kindsInterop({
        folder: join(folder, media),
        media,
        wanted: values.kind,
        etcd: values.etcd,
      })
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
process.exitCode = failed === 0 ? 0 : 1
