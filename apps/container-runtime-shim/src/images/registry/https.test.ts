import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openFixture } from '../testing/fixture.ts'
import { makeImage } from '../testing/make-image.ts'
import { makeTar } from '../testing/make-tar.ts'
import { startRegistry, type TestRegistry } from '../testing/registry.ts'
import { endpointsOf, parseRegistryFlags, type RegistryConfig } from './hosts.ts'
import { type PullOptions, pullImage } from './pull.ts'

const run = promisify(execFile)
let folder = ''
let tls = { key: '', cert: '' }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1']
  const form = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  await run('openssl', ['req', '-x509', ...form, '-keyout', key, '-out', cert, ...subject])
  tls = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function serveImage(registry: TestRegistry): void {
  const image = makeImage([makeTar([{ name: 'a', content: 'a' }])])
  for (const [digest, content] of image.blobs) registry.blobs.set(digest, content)
  registry.tags.set('a/b:1', image.manifest)
}

/** A registry that is no loopback one by name, reached through its "mirror". */
const mirrorOf = (registry: TestRegistry, more: RegistryConfig = {}): PullOptions => ({
  registries: { mirrors: new Map([['registry.invalid', [`https://${registry.host}`]]]), ...more },
})

describe('registries over HTTPS', () => {
  it('are trusted by the system, by a certificate that is given, or when they are named insecure', async () => {
    await using registry = await startRegistry({}, tls)
    serveImage(registry)
    await using fixture = await openFixture()
    const pull = (options: PullOptions) => pullImage(fixture.store, 'registry.invalid/a/b:1', options)
    await expect(pull(mirrorOf(registry))).rejects.toThrow(
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    )
    expect((await pull(mirrorOf(registry, { ca: [tls.cert] }))).repoTags).toEqual(['registry.invalid/a/b:1'])
    await using other = await openFixture()
    const insecure = mirrorOf(registry, { insecure: new Set([registry.host]) })
    expect((await pullImage(other.store, 'registry.invalid/a/b:1', insecure)).repoTags.length).toBe(1)
  })

  it('may not send on to plain HTTP', async () => {
    await using plain = await startRegistry()
    await using registry = await startRegistry({}, tls)
    serveImage(registry)
    registry.behaviour.onBlob = (digest, _, response) => {
      response.writeHead(307, { location: `http://${plain.host}/v2/a/b/blobs/${digest}` }).end()
      return true
    }
    await using fixture = await openFixture()
    const pull = pullImage(fixture.store, 'registry.invalid/a/b:1', mirrorOf(registry, { ca: [tls.cert] }))
    await expect(pull).rejects.toThrow('refusing a redirect from https:// to http://')
    expect(plain.requests).toEqual([])
  })
})

describe('where a registry is asked', () => {
  const asked = (domain: string, config: RegistryConfig = {}) => endpointsOf(domain, config).map(e => e.base.href)

  it.each([
    ['docker.io', ['https://registry-1.docker.io/']],
    ['registry.example:5000', ['https://registry.example:5000/']],
    ['localhost:5000', ['http://localhost:5000/']],
    ['127.0.0.1', ['http://127.0.0.1/']],
    ['[::1]:5000', ['http://[::1]:5000/']],
    ['localhost:443', ['https://localhost/']],
  ])('%s at %j', (domain, urls) => {
    expect(asked(domain)).toEqual(urls)
  })

  it('mirrors first, and insecure ones in plain HTTP too', () => {
    const config = parseRegistryFlags(
      ['docker.io=https://mirror.example/hub', 'docker.io=http://10.0.0.1:5000'],
      ['10.0.0.2:5000'],
    )
    expect(asked('docker.io', config)).toEqual([
      'https://mirror.example/hub/',
      'http://10.0.0.1:5000/',
      'https://registry-1.docker.io/',
    ])
    expect(asked('10.0.0.2:5000', config)).toEqual(['https://10.0.0.2:5000/', 'http://10.0.0.2:5000/'])
    expect(() => parseRegistryFlags(['docker.io'], [])).toThrow('it must be REGISTRY=URL')
    expect(() => parseRegistryFlags(['docker.io=mirror.example'], [])).toThrow('it must be REGISTRY=URL')
  })
})

describe('the puller as a process of its own', () => {
  it('reaches a registry on the loopback of another network namespace', async () => {
    await using undo = new AsyncDisposableStack()
    // the registry stands in this namespace; the pull runs in one that has no network at all
    await using registry = await startRegistry()
    serveImage(registry)
    const socket = join(folder, 'puller.sock')
    const main = fileURLToPath(new URL('../puller-main.ts', import.meta.url))
    const puller = spawn(process.execPath, [main, '--listen', socket], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    const ended = new Promise<number | null>(resolve => puller.once('close', resolve))
    undo.defer(async () => {
      puller.kill('SIGTERM')
      expect(await ended).toBe(0)
    })
    await new Promise(resolve => puller.once('message', resolve))
    const store = join(folder, 'store')
    const script = `
      const { openImageStore, pullImage } = await import(${JSON.stringify(new URL('../index.ts', import.meta.url).href)})
      const { pullerDial } = await import(${JSON.stringify(new URL('./dial.ts', import.meta.url).href)})
      await using store = await openImageStore({ root: ${JSON.stringify(store)} })
      const name = ${JSON.stringify(`${registry.host}/a/b:1`)}
      const direct = await pullImage(store, name).then(() => 'reached', error => error.message)
      const record = await pullImage(store, name, { dial: pullerDial(${JSON.stringify(socket)}) })
      console.log(JSON.stringify({ direct, tags: record.repoTags }))`
    const { stdout } = await run('unshare', ['--net', process.execPath, '--input-type=module', '-e', script])
    const answer = JSON.parse(stdout) as { direct: string; tags: string[] }
    expect(answer.direct).toContain('network is unreachable')
    expect(answer.tags).toEqual([`${registry.host}/a/b:1`])
  })

  it('says what its flag must be', async () => {
    const main = fileURLToPath(new URL('../puller-main.ts', import.meta.url))
    await expect(run(process.execPath, [main])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--listen is required'),
    })
  })
})
