import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

// npm run interop: kube-apiserver and kubets over one etcd.
const usage = `Usage: npm run interop [-- [--kind RE] [--media json|protobuf] | --encryption [--only NAME] | --record] [--etcd PROGRAM]

Every built-in kind: what one of the two wrote is read, changed and deleted by the other.

  --kind RE       only kinds that match, as 'apps/v1 deployments'
  --media FORM    what kubets writes (default: one after the other)
  --encryption    Secrets under each encryption provider instead
  --only NAME     one of them, as aesgcm
  --record        writes what kube-apiserver stores under each provider into the tests' data
  --etcd PROGRAM  another etcd than the one that was built for this
`
const { values } = parseArgs({
  options: {
    kind: { type: 'string' },
    media: { type: 'string' },
    encryption: { type: 'boolean', default: false },
    only: { type: 'string' },
    record: { type: 'boolean', default: false },
    etcd: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(usage)
  process.exit(0)
}
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
        wanted: new RegExp(values.kind ?? ''),
        etcd: values.etcd,
      })
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
process.exitCode = failed === 0 ? 0 : 1
