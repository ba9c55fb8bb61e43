import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Clock, silentLogger } from '@kubets/component'
import { describe, expect, it } from 'vitest'
import { hostPlatform, mediaTypes } from '../oci.ts'
import { openFixture } from '../testing/fixture.ts'
import { makeImage, makeIndex, type TestImage } from '../testing/make-image.ts'
import { makeTar } from '../testing/make-tar.ts'
import { startRegistry, type TestRegistry } from '../testing/registry.ts'
import { pullerDial } from './dial.ts'
import { pullImage } from './pull.ts'
import { startPuller } from './puller.ts'

/** Pauses cost nothing. */
const fast: Clock = {
  now: () => Date.now(),
  after(_, callback) {
    const timer = setImmediate(callback)
    return () => clearImmediate(timer)
  },
}

const layerTars = [makeTar([{ name: 'random', content: randomBytes(500_000) }]), makeTar([{ name: 'b', content: 'b' }])]

function serve(registry: TestRegistry, image: TestImage, name = 'a/b:1'): string {
  for (const [digest, content] of image.blobs) registry.blobs.set(digest, content)
  registry.tags.set(name, image.manifest)
  return `${registry.host}/${name}`
}

describe('pulling from a registry', () => {
  it('brings an image with its tag and digest, and asks for nothing twice', async () => {
    await using registry = await startRegistry()
    await using fixture = await openFixture()
    const image = makeImage(layerTars, { compress: gzipSync })
    const name = serve(registry, image)
    const seen = new Set<string>()
    const record = await pullImage(fixture.store, name, { onProgress: p => seen.add(p.kind) })
    expect(record).toMatchObject({
      id: image.config.digest,
      repoTags: [name],
      repoDigests: [`${registry.host}/a/b@${image.manifest.digest}`],
    })
    expect([...seen].sort()).toEqual(['bytes', 'layer'])
    expect(await readFile(join(record.layers[1] as string, 'b'), 'utf8')).toBe('b')
    expect(await readdir(fixture.store.ingest)).toEqual([])
    registry.requests.length = 0
    await pullImage(fixture.store, name)
    expect(registry.requests).toEqual(['HEAD /v2/a/b/manifests/1'])
    // another image over the same layer brings only what is new
    const other = makeImage([layerTars[0] as Buffer, makeTar([{ name: 'c' }])], { compress: gzipSync })
    registry.requests.length = 0
    await pullImage(fixture.store, serve(registry, other, 'c/d:2'))
    expect(registry.requests.filter(r => r.includes('/blobs/')).length).toBe(2)
  })

  it('pulls by digest and takes this machine out of an index', async () => {
    await using registry = await startRegistry()
    await using fixture = await openFixture()
    const [mine, other] = [makeImage(layerTars), makeImage(layerTars, { architecture: 's390x' })]
    const { blobs, index } = makeIndex([
      { image: other, architecture: 's390x' },
      { image: mine, architecture: hostPlatform().architecture },
    ])
    for (const [digest, content] of blobs) registry.blobs.set(digest, content)
    registry.tags.set('a/b:multi', index)
    const record = await pullImage(fixture.store, `${registry.host}/a/b:multi`)
    expect(record.id).toBe(mine.config.digest)
    expect(record.repoDigests).toEqual([`${registry.host}/a/b@${index.digest}`])
    await using another = await openFixture()
    const byDigest = await pullImage(another.store, `${registry.host}/a/b:ignored@${index.digest}`)
    expect(byDigest).toMatchObject({ id: mine.config.digest, repoTags: [] })
    const foreign = { os: 'linux', architecture: 'riscv64' }
    await using third = await openFixture()
    const none = pullImage(third.store, `${registry.host}/a/b:multi`, { platform: foreign })
    await expect(none).rejects.toThrow(`no match for platform in manifest ${index.digest}: not found`)
  })

  it('works without the digest header', async () => {
    await using registry = await startRegistry()
    await using fixture = await openFixture()
    const image = makeImage(layerTars)
    const name = serve(registry, image)
    registry.behaviour.onManifest = (tag, _, response) => {
      if (tag !== '1') return false
      response.writeHead(200, { 'content-type': mediaTypes.ociManifest })
      response.end(image.blobs.get(image.manifest.digest))
      return true
    }
    expect((await pullImage(fixture.store, name)).repoDigests).toEqual([
      `${registry.host}/a/b@${image.manifest.digest}`,
    ])
  })

  it('goes on where a connection broke, in the same pull and in a later one', async () => {
    await using registry = await startRegistry()
    await using fixture = await openFixture()
    const image = makeImage([layerTars[0] as Buffer])
    const name = serve(registry, image)
    const blob = image.blobs.get(image.layers[0]?.digest as string) as Buffer
    const ranges: (string | undefined)[] = []
    const part = join(fixture.store.ingest, image.layers[0]?.digest.replace(':', '-') as string)
    let broken = 0
    registry.behaviour.onBlob = (digest, request, response) => {
      if (digest !== image.layers[0]?.digest) return false
      ranges.push(request.headers.range)
      if (broken === 0) return false
      broken--
      const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0)
      response.writeHead(start ? 206 : 200, {
        'content-length': blob.length - start,
        'content-range': `bytes ${start}-${blob.length - 1}/${blob.length}`,
      })
      response.write(blob.subarray(start, start + 100_000))
      // what a client has received but not yet read is lost with the connection: break it when all is on its disk
      const arrived = expect.poll(async () => (await stat(part)).size, { interval: 5 }).toBe(start + 100_000)
      void arrived.finally(() => response.destroy()).catch(() => undefined)
      return true
    }
    broken = 2
    await pullImage(fixture.store, name, { clock: fast })
    expect(ranges).toEqual([undefined, 'bytes=100000-', 'bytes=200000-'])

    await using second = await openFixture()
    await writeFile(join(second.store.ingest, image.layers[0]?.digest.replace(':', '-') as string), blob.subarray(0, 7))
    ranges.length = 0
    await pullImage(second.store, name, { clock: fast })
    expect(ranges).toEqual(['bytes=7-'])

    // what lay there was broken: once more from the start
    await using third = await openFixture()
    await writeFile(join(third.store.ingest, image.layers[0]?.digest.replace(':', '-') as string), 'garbage')
    ranges.length = 0
    await pullImage(third.store, name, { clock: fast })
    expect(ranges).toEqual(['bytes=7-', undefined])
  })

  it('gives up a connection that has gone silent, and goes on over another', async () => {
    await using registry = await startRegistry()
    await using fixture = await openFixture()
    const image = makeImage([layerTars[0] as Buffer])
    const name = serve(registry, image)
    const blob = image.blobs.get(image.layers[0]?.digest as string) as Buffer
    const ranges: (string | undefined)[] = []
    registry.behaviour.onBlob = (digest, request, response) => {
      if (digest !== image.layers[0]?.digest) return false
      ranges.push(request.headers.range)
      if (ranges.length > 1) return false
      response.writeHead(200, { 'content-length': blob.length })
      response.write(blob.subarray(0, 50_000))
      return true
    }
    await pullImage(fixture.store, name, { clock: fast, idleTimeoutMs: 300 })
    // on a busy machine more than one may seem silent; each goes on where the one before it ended
    const [first, ...others] = ranges.map(range => Number(/\d+/.exec(range ?? '0')))
    expect(first).toBe(0)
    expect(others.length).toBeGreaterThan(0)
    expect(others[0]).toBeLessThanOrEqual(50_000)
    expect(others).toEqual(others.toSorted((a, b) => a - b))
  })

  it('copes with a registry that knows no ranges', async () => {
    await using registry = await startRegistry()
    await using fixture = await openFixture()
    const image = makeImage([layerTars[0] as Buffer])
    const name = serve(registry, image)
    const blob = image.blobs.get(image.layers[0]?.digest as string) as Buffer
    await writeFile(
      join(fixture.store.ingest, image.layers[0]?.digest.replace(':', '-') as string),
      blob.subarray(0, 9),
    )
    registry.behaviour.onBlob = (digest, _, response) => {
      const content = registry.blobs.get(digest) as Buffer
      response.writeHead(200, { 'content-length': content.length }).end(content)
      return true
    }
    expect((await pullImage(fixture.store, name)).id).toBe(image.config.digest)
  })

  it('refuses content that is not what its digest says, and keeps none of it', async () => {
    await using registry = await startRegistry()
    await using fixture = await openFixture()
    const image = makeImage(layerTars)
    const name = serve(registry, image)
    const digest = image.layers[0]?.digest as string
    const wrong = Buffer.from(image.blobs.get(digest) as Buffer)
    wrong[600] = (wrong[600] as number) ^ 1
    registry.blobs.set(digest, wrong)
    await expect(pullImage(fixture.store, name)).rejects.toThrow(
      /^failed to pull and unpack image "127.0.0.1:\d+\/a\/b:1": failed to copy: failed commit on ref "layer-sha256:\w+": unexpected commit digest sha256:\w+, expected sha256:\w+: failed precondition$/,
    )
    expect(fixture.store.list()).toEqual([])
    expect((await readdir(fixture.store.ingest)).filter(file => file.endsWith(digest.slice(7)))).toEqual([])
    registry.blobs.set(digest, image.blobs.get(digest) as Buffer)
    await pullImage(fixture.store, name)
  })

  it('tries again when the registry says later or fails for a moment', async () => {
    await using registry = await startRegistry()
    await using fixture = await openFixture()
    const name = serve(registry, makeImage(layerTars))
    const statuses = [429, 503]
    registry.behaviour.onManifest = (_, __, response) => {
      const status = statuses.shift()
      if (status !== undefined) response.writeHead(status).end()
      return status !== undefined
    }
    await pullImage(fixture.store, name, { clock: fast })
    registry.behaviour.onManifest = (_, __, response) => {
      response.writeHead(500).end()
      return true
    }
    await expect(pullImage(fixture.store, name, { clock: fast })).rejects.toThrow(
      `failed to resolve reference "${name}": unexpected status from HEAD request to ${registry.host}/v2/a/b/manifests/1: 500 Internal Server Error`,
    )
  })

  it('follows redirects to a storage server without showing it the token', async () => {
    await using registry = await startRegistry({ auth: { scheme: 'bearer' } })
    await using storage = await startRegistry()
    await using fixture = await openFixture()
    const image = makeImage(layerTars)
    const name = serve(registry, image)
    let shown = 'nothing yet'
    registry.behaviour.onBlob = (digest, _, response) => {
      response.writeHead(307, { location: `http://${storage.host}/v2/x/blobs/${digest}` }).end()
      return true
    }
    storage.behaviour.onBlob = (digest, request, response) => {
      shown = String(request.headers.authorization)
      response.end(image.blobs.get(digest))
      return true
    }
    await pullImage(fixture.store, name)
    expect(shown).toBe('undefined')
  })

  it('ends when it is told to', async () => {
    await using registry = await startRegistry()
    await using fixture = await openFixture()
    const name = serve(registry, makeImage(layerTars))
    const abort = new AbortController()
    registry.behaviour.onBlob = (_, __, response) => {
      response.writeHead(200)
      response.write('x', () => abort.abort(new Error('the user has gone')))
      return true
    }
    await expect(pullImage(fixture.store, name, { signal: abort.signal })).rejects.toThrow('the user has gone')
  })
})

describe('credentials', () => {
  const pull = async (registry: TestRegistry, auth: object | null) => {
    await using fixture = await openFixture()
    const name = serve(registry, makeImage(layerTars))
    return (await pullImage(fixture.store, name, { auth })).repoTags.length
  }
  const user = { username: 'me', password: 'pass:word' }
  const denied = 'pull access denied, repository does not exist or may require authorization'

  it('fetches an anonymous token where everybody may have one', async () => {
    await using registry = await startRegistry({ auth: { scheme: 'bearer' } })
    expect(await pull(registry, null)).toBe(1)
    expect(registry.requests.filter(r => r.includes('/token')).length).toBe(1)
  })

  it.each([
    ['user and password', user],
    ['base64', { auth: Buffer.from('me:pass:word').toString('base64') }],
    ['a refresh token', { identityToken: 'long-lived' }],
    ['a registry token', { registryToken: 'good-token' }],
  ])('takes %s for a token', async (_, auth) => {
    await using registry = await startRegistry({ auth: { scheme: 'bearer', users: ['me:pass:word'] } })
    expect(await pull(registry, auth)).toBe(1)
  })

  it('speaks basic authentication', async () => {
    await using registry = await startRegistry({ auth: { scheme: 'basic', user: 'me:pass:word' } })
    expect(await pull(registry, user)).toBe(1)
    await expect(pull(registry, { ...user, password: 'wrong' })).rejects.toThrow(`${denied}: authorization failed`)
    await expect(pull(registry, null)).rejects.toThrow(denied)
  })

  it('shows them to no other registry than the one they are for', async () => {
    await using registry = await startRegistry({ auth: { scheme: 'basic', user: 'me:pass:word' } })
    await expect(pull(registry, { ...user, serverAddress: 'https://elsewhere.example/v1/' })).rejects.toThrow(denied)
    expect(await pull(registry, { ...user, serverAddress: registry.host })).toBe(1)
  })

  it('tells a refused token and a refused repository as containerd does', async () => {
    await using strict = await startRegistry({ auth: { scheme: 'bearer', users: ['me:pass:word'] } })
    await expect(pull(strict, null)).rejects.toThrow(
      /failed to resolve reference ".*": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to http:.*: 401 Unauthorized$/,
    )
    await using hidden = await startRegistry({ auth: { scheme: 'bearer', denyAfterToken: true } })
    await expect(pull(hidden, null)).rejects.toThrow(
      `${denied}: server message: insufficient_scope: authorization failed`,
    )
  })
})

describe('what goes wrong is told in containerd’s words', () => {
  it('an image that is not there', async () => {
    await using registry = await startRegistry()
    await using fixture = await openFixture()
    const name = `${registry.host}/library/nope:1`
    await expect(pullImage(fixture.store, name)).rejects.toThrow(
      `failed to pull and unpack image "${name}": failed to resolve reference "${name}": ${name}: not found`,
    )
  })

  it('a registry that nobody serves', async () => {
    await using fixture = await openFixture()
    const free = await freePort()
    const name = `127.0.0.1:${free}/a:1`
    await expect(pullImage(fixture.store, name)).rejects.toThrow(
      `failed to do request: Head "http://127.0.0.1:${free}/v2/a/manifests/1": dial tcp 127.0.0.1:${free}: connect: connection refused`,
    )
  })

  it('a registry whose name nobody knows', async () => {
    await using fixture = await openFixture()
    await expect(pullImage(fixture.store, 'nobody.invalid/a:1')).rejects.toThrow(
      /failed to do request: Head "https:\/\/nobody.invalid\/v2\/a\/manifests\/1": dial tcp: lookup nobody.invalid: /,
    )
  })

  it('a registry that speaks plain HTTP where HTTPS is due', async () => {
    await using registry = await startRegistry()
    await using fixture = await openFixture()
    const mirrors = new Map([['registry.invalid', [`https://${registry.host}`]]])
    const pull = pullImage(fixture.store, 'registry.invalid/a:1', { registries: { mirrors } })
    await expect(pull).rejects.toThrow(
      `failed to do request: Head "https://${registry.host}/v2/a/manifests/1?ns=registry.invalid": http: server gave HTTP response to HTTPS client`,
    )
  })
})

describe('mirrors', () => {
  it('are asked first, told whom they stand for, and left when they fail', async () => {
    await using mirror = await startRegistry()
    await using fixture = await openFixture()
    const image = makeImage(layerTars)
    serve(mirror, image)
    const dead = `http://127.0.0.1:${await freePort()}`
    const mirrors = new Map([['registry.invalid', [dead, `http://${mirror.host}`]]])
    const record = await pullImage(fixture.store, 'registry.invalid/a/b:1', { registries: { mirrors } })
    expect(record.repoTags).toEqual(['registry.invalid/a/b:1'])
    expect(mirror.requests[0]).toBe('HEAD /v2/a/b/manifests/1?ns=registry.invalid')
  })
})

describe('a puller in another namespace', () => {
  it('makes the connections, and its failures read as if they were dialled here', async () => {
    await using registry = await startRegistry({ auth: { scheme: 'bearer' } })
    await using fixture = await openFixture()
    const socket = join(fixture.folder, 'puller.sock')
    const puller = await startPuller({ socket: `unix://${socket}`, logger: silentLogger() })
    try {
      const dial = pullerDial(socket)
      const name = serve(registry, makeImage(layerTars))
      expect((await pullImage(fixture.store, name, { dial })).repoTags).toEqual([name])
      const free = await freePort()
      await expect(pullImage(fixture.store, `127.0.0.1:${free}/a:1`, { dial })).rejects.toThrow(
        `dial tcp 127.0.0.1:${free}: connect: connection refused`,
      )
      await expect(pullImage(fixture.store, 'nobody.invalid/a:1', { dial })).rejects.toThrow(
        'dial tcp: lookup nobody.invalid: ',
      )
    } finally {
      await puller.stop()
    }
    await expect(pullImage(fixture.store, 'localhost:1/a:1', { dial: pullerDial(socket) })).rejects.toThrow(
      `cannot reach the image puller on ${socket}`,
    )
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>(resolve => server.close(() => resolve()))
  return port
}
