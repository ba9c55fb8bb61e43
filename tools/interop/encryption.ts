/**
 * kube-apiserver and kubets over one etcd, under each encryption provider: each reads, changes and deletes what the other wrote.
 * `--record` writes what kube-apiserver stores into the tests' data instead.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type KeyValueStore, openEtcdStore } from '@kubets/storage'
import { configuration, kms, provider, spawnTestKmsPlugin } from '@kubets/storage/testing'
import { makeIdentity, type Peer, startEtcd, startKubeApiserver, startKubetsApiServer } from '../peers/index.ts'
import { ask, askUntil } from './ask.ts'
import { record } from './record-encryption.ts'

const log = (line: string) => process.stdout.write(`${line}\n`)
const { values } = parseArgs({ options: { record: { type: 'boolean', default: false }, only: { type: 'string' } } })
const folder = await mkdtemp(join(tmpdir(), 'kubets-interop-'))
let failed = 0

function check(ok: boolean, what: string, detail = ''): void {
  if (!ok) failed++
  log(`${ok ? 'ok    ' : 'not ok'} ${what}${ok || detail === '' ? '' : `: ${detail.slice(0, 500)}`}`)
}

/** Each writes with another key than the other one, and reads with both. */
interface Case {
  name: string
  resources: readonly string[]
  upstream: readonly string[]
  kubets: readonly string[]
  /** What a value begins with that upstream, and that kubets wrote. */
  prefixes: { upstream: string; kubets: string }
}

const socket = join(folder, 'kms.sock')
const local = (kind: 'aescbc' | 'aesgcm' | 'secretbox', resources = ['secrets']): Case => ({
  name: resources[0] === 'secrets' ? kind : `${kind} for ${resources[0]}`,
  resources,
  upstream: [provider(kind, ['a', 1], ['b', 2]), '{identity: {}}'],
  kubets: [provider(kind, ['b', 2], ['a', 1]), '{identity: {}}'],
  prefixes: { upstream: `k8s:enc:${kind}:v1:a:`, kubets: `k8s:enc:${kind}:v1:b:` },
})
const cases: Case[] = [
  local('aescbc'),
  local('aesgcm'),
  local('secretbox'),
  {
    name: 'kms v2',
    resources: ['secrets'],
    upstream: [kms('vault', `unix://${socket}`)],
    kubets: [kms('vault', `unix://${socket}`)],
    prefixes: { upstream: 'k8s:enc:kms:v2:vault:', kubets: 'k8s:enc:kms:v2:vault:' },
  },
  local('aesgcm', ['*.*']),
]

async function run(one: Case): Promise<void> {
  log(`# ${one.name}`)
  const own = join(folder, one.name.replace(/\W/g, '-'))
  await mkdir(own, { recursive: true })
  const identity = await makeIdentity(own)
  const flags = async (who: 'upstream' | 'kubets') => {
    const file = join(own, `${who}.yaml`)
    await writeFile(file, configuration({ resources: one.resources, providers: one[who] }))
    return [`--encryption-provider-config=${file}`]
  }
  await using plugin = one.name === 'kms v2' ? await spawnTestKmsPlugin(socket) : undefined
  await using etcd = await startEtcd(own, log)
  const both = { etcd: etcd.endpoint, identity }
  await using upstream = await startKubeApiserver(
    { ...both, folder: join(own, 'a'), args: await flags('upstream') },
    log,
  )
  await using kubets = await startKubetsApiServer({ ...both, folder: join(own, 'b'), args: await flags('kubets') }, log)
  await using store = await openEtcdStore({ endpoints: [etcd.endpoint] })
  await exchange(one, upstream, kubets, store)
  await exchange(
    { ...one, prefixes: { upstream: one.prefixes.kubets, kubets: one.prefixes.upstream } },
    kubets,
    upstream,
    store,
  )
  if (plugin !== undefined) {
    await plugin.rotate('key-2')
    for (const peer of [upstream, kubets]) await rotated(peer, store)
  }
}

const path = '/api/v1/namespaces/default/secrets'
const secret = (name: string, value: string) => ({
  kind: 'Secret',
  apiVersion: 'v1',
  metadata: { name },
  data: { marker: Buffer.from(value).toString('base64') },
})
const stored = async (store: KeyValueStore, name: string) =>
  Buffer.from((await store.get(`/registry/secrets/default/${name}`)).kv?.value ?? []).toString('latin1')
const shows = (value: string) => (answer: { status: number; text: string }) =>
  answer.status === 200 && answer.text.includes(Buffer.from(value).toString('base64'))

/** `first` writes, `second` reads, changes, rewrites and deletes. The prefixes are those of first (`upstream`) and second (`kubets`). */
async function exchange({ prefixes }: Case, first: Peer, second: Peer, store: KeyValueStore): Promise<void> {
  const name = `of-${first.name}`
  const about = `${first.name} → ${second.name}:`
  const made = await ask(first, 'POST', path, secret(name, `written by ${first.name}`))
  check(made.status === 201, `${about} ${first.name} creates`, made.text)
  const value = await stored(store, name)
  check(
    value.startsWith(prefixes.upstream) && !value.includes('marker'),
    `${about} the value is encrypted`,
    value.slice(0, 40),
  )
  const read = await askUntil(second, `${path}/${name}`, shows(`written by ${first.name}`))
  check(read !== undefined, `${about} ${second.name} reads it`)
  const listed = await askUntil(second, path, shows(`written by ${first.name}`))
  check(listed !== undefined, `${about} ${second.name} lists it`)
  if (read === undefined) return
  if (prefixes.upstream !== prefixes.kubets) {
    const same = await ask(second, 'PUT', `${path}/${name}`, JSON.parse(read.text))
    const after = await stored(store, name)
    check(
      same.status === 200 && after.startsWith(prefixes.kubets),
      `${about} an update that changes nothing writes it under the newer key`,
      `${same.status} ${after.slice(0, 40)}`,
    )
  }
  const merge = 'application/merge-patch+json'
  const patch = { data: secret(name, `changed by ${second.name}`).data }
  const changed = await ask(second, 'PATCH', `${path}/${name}`, patch, merge)
  check(changed.status === 200, `${about} ${second.name} changes it`, changed.text)
  check(
    (await askUntil(first, `${path}/${name}`, shows(`changed by ${second.name}`))) !== undefined,
    `${about} ${first.name} sees the change`,
  )
  const gone = await ask(second, 'DELETE', `${path}/${name}`)
  check(gone.status === 200, `${about} ${second.name} deletes it`, gone.text)
  check(
    (await askUntil(first, `${path}/${name}`, answer => answer.status === 404)) !== undefined,
    `${about} ${first.name} sees it go`,
  )
}

/** After the plugin has another key a peer writes with it, within the minute that it asks in. */
async function rotated(peer: Peer, store: KeyValueStore): Promise<void> {
  const name = `rotated-${peer.name}`
  await ask(peer, 'POST', path, secret(name, 'before'))
  const began = Date.now()
  for (let i = 0; Date.now() - began < 90_000; i++) {
    await ask(peer, 'GET', '/healthz')
    await ask(
      peer,
      'PATCH',
      `${path}/${name}`,
      { metadata: { labels: { i: String(i) } } },
      'application/merge-patch+json',
    )
    if ((await stored(store, name)).includes('key-2')) break
    await new Promise(resolve => setTimeout(resolve, 1_000))
  }
  check((await stored(store, name)).includes('key-2'), `${peer.name} follows the plugin to its next key`)
}

try {
  if (values.record) await record(folder, log)
  else for (const one of cases) if (values.only === undefined || one.name === values.only) await run(one)
} finally {
  await rm(folder, { recursive: true, force: true })
}
if (!values.record) log(failed === 0 ? 'all ok' : `${failed} not ok`)
process.exitCode = failed === 0 ? 0 : 1
