import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@kubets/component'
import { codeOf, connectCri, type ImageClient, type RuntimeService, rpcCode, serveCri } from '@kubets/cri'
import { describe, expect, it } from 'vitest'
import { loadImage, startImages } from '../images/index.ts'
import { startPuller } from '../images/registry/puller.ts'
import type { WritableImageStore } from '../images/store.ts'
import { dockerFiles, makeImage, tarOf } from '../images/testing/make-image.ts'
import { makeTar } from '../images/testing/make-tar.ts'
import { startRegistry } from '../images/testing/registry.ts'

interface Fixture extends AsyncDisposable {
  folder: string
  admin: string
  image: ImageClient
  store: WritableImageStore
}

/** The image service behind a real CRI socket, the way the kubelet sees it; pulls go through a puller. */
async function serve(): Promise<Fixture> {
  await using undo = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'kubets-cri-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const puller = await startPuller({ socket: join(folder, 'puller.sock'), logger: silentLogger() })
  undo.defer(() => puller.stop())
  const admin = join(folder, 'admin.sock')
  const images = undo.use(
    await startImages({ root: join(folder, 'images'), puller: `unix://${folder}/puller.sock`, adminSocket: admin }),
  )
  const socket = join(folder, 'cri.sock')
  // no test here calls the runtime
  const runtime = new Proxy({}, { get: () => async () => ({}) }) as RuntimeService
  undo.use(await serveCri({ socket, runtime, image: images.service, graceMs: 100 }))
  const client = undo.use(await connectCri({ socket }))
  const all = undo.move()
  return { folder, admin, image: client, store: images.store, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

const tar = makeTar([{ name: 'hello', content: 'hello' }])
const testImage = (User: string) => makeImage([tar], { config: { User, Cmd: ['hello'] } })
const archiveOf = (...users: string[]) =>
  tarOf(dockerFiles(users.map((user, i) => ({ image: testImage(user), tags: [`app:${i}`] }))))

describe('the CRI image service', () => {
  it('pulls, lists, tells and removes an image', async () => {
    await using cri = await serve()
    await using registry = await startRegistry({ auth: { scheme: 'bearer', users: ['me:secret'] } })
    const image = testImage('1000:1000')
    for (const [digest, content] of image.blobs) registry.blobs.set(digest, content)
    registry.tags.set('team/app:1', image.manifest)
    const name = `${registry.host}/team/app:1`
    expect((await cri.image.imageStatus({ image: { image: name } })).image).toBeNull()
    const { imageRef } = await cri.image.pullImage({
      image: { image: name },
      auth: { username: 'me', password: 'secret' },
    })
    expect(imageRef).toBe(image.config.digest)
    const { image: status, info } = await cri.image.imageStatus({ image: { image: name }, verbose: true })
    expect(status).toMatchObject({
      id: imageRef,
      repoTags: [name],
      repoDigests: [`${registry.host}/team/app@${image.manifest.digest}`],
      uid: { value: '1000' },
      username: '',
      pinned: false,
    })
    expect(Number(status?.size)).toBeGreaterThan(5)
    expect(JSON.parse(info.info ?? '')).toMatchObject({
      chainID: image.diffIDs[0],
      imageSpec: { config: { Cmd: ['hello'] } },
    })
    expect((await cri.image.listImages({})).images).toEqual([status])
    expect((await cri.image.listImages({ filter: { image: { image: 'other' } } })).images).toEqual([])
    const streamed = []
    for await (const part of cri.image.streamImages({})) streamed.push(...part.images)
    expect(streamed).toEqual([status])
    const usage = (await cri.image.imageFsInfo({})).imageFilesystems[0]
    expect(usage).toMatchObject({
      fsId: { mountpoint: join(cri.folder, 'images') },
      usedBytes: { value: '5' },
      inodesUsed: { value: '1' },
    })
    expect(BigInt(usage?.timestamp ?? 0)).toBeGreaterThan(1_700_000_000_000_000_000n)
    await cri.image.removeImage({ image: { image: imageRef } })
    await cri.image.removeImage({ image: { image: imageRef } })
    expect((await cri.image.listImages({})).images).toEqual([])
  })

  it('tells a missing image by NOT_FOUND and everything else by UNKNOWN, in containerd’s words', async () => {
    await using cri = await serve()
    await using registry = await startRegistry()
    const name = `${registry.host}/nope:1`
    const missing = await cri.image.pullImage({ image: { image: name } }).catch((error: unknown) => error)
    expect(codeOf(missing)).toBe(rpcCode.notFound)
    expect(String(missing)).toContain(
      `failed to pull and unpack image "${name}": failed to resolve reference "${name}": ${name}: not found`,
    )
    registry.behaviour.auth = { scheme: 'basic', user: 'a:b' }
    const denied = await cri.image.pullImage({ image: { image: name } }).catch((error: unknown) => error)
    expect(codeOf(denied)).toBe(rpcCode.unknown)
    expect(String(denied)).toContain('pull access denied, repository does not exist or may require authorization')
    const invalid = await cri.image.pullImage({ image: { image: 'UPPER' } }).catch((error: unknown) => error)
    expect(codeOf(invalid)).toBe(rpcCode.invalidArgument)
    expect(String(invalid)).toContain('failed to parse image reference "UPPER": invalid reference format')
  })

  it('tells users by number, by name, or not at all', async () => {
    await using cri = await serve()
    await loadImage(cri.admin, archiveStream(archiveOf('', '0', '7:8', 'web', 'web:staff')))
    const users = []
    for (let i = 0; i < 5; i++) {
      const { image } = await cri.image.imageStatus({ image: { image: `app:${i}` } })
      users.push([image?.uid?.value, image?.username])
    }
    expect(users).toEqual([
      [undefined, ''],
      ['0', ''],
      ['7', ''],
      [undefined, 'web'],
      [undefined, 'web'],
    ])
  })
})

describe('loading an archive into a running shim', () => {
  it('takes a path that the shim can read, and a stream', async () => {
    await using cri = await serve()
    const path = join(cri.folder, 'archive.tar')
    await writeFile(path, archiveOf('1'))
    const seen: string[] = []
    const loaded = await loadImage(`unix://${cri.admin}`, path, { onProgress: event => seen.push(event.status) })
    expect(loaded).toEqual([{ id: testImage('1').config.digest, references: ['docker.io/library/app:0'] }])
    expect(seen).toEqual(['fetching', 'unpacking', 'done'])
    seen.length = 0
    await loadImage(cri.admin, archiveStream(archiveOf('1')), { onProgress: event => seen.push(event.status) })
    expect(seen).toEqual(['present'])
  })

  it('tells what is wrong with an archive, and goes on serving', async () => {
    await using cri = await serve()
    const broken = archiveStream(Buffer.alloc(100_000, 'no tar '))
    await expect(loadImage(cri.admin, broken)).rejects.toThrow('unrecognized image format')
    await expect(loadImage(cri.admin, '/nonexistent.tar')).rejects.toThrow('ENOENT')
    expect(await loadImage(cri.admin, archiveStream(archiveOf('1')))).toHaveLength(1)
    await expect(loadImage(join(cri.folder, 'nobody.sock'), '/x')).rejects.toThrow(
      'cannot reach the container runtime at',
    )
  })

  it('drops a half archive when its sender goes away', async () => {
    await using cri = await serve()
    const abort = new AbortController()
    async function* half() {
      yield archiveOf('1').subarray(0, 1_000)
      abort.abort()
      yield new Uint8Array(10)
    }
    await expect(loadImage(cri.admin, half(), { signal: abort.signal })).rejects.toThrow()
    expect((await cri.image.listImages({})).images).toEqual([])
  })
})

async function* archiveStream(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000)
}
