import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import type { ImageContent } from './image-content.ts'
import { loadImages } from './sources/load.ts'
import { openImageStore, type WritableImageStore } from './store.ts'
import { openFixture } from './testing/fixture.ts'
import { dockerFiles, makeImage, type TestImage, tarOf } from './testing/make-image.ts'
import { makeTar } from './testing/make-tar.ts'
import { unpackCommand } from './unpacker.ts'

const layer = (name: string) => makeTar([{ name, content: name }])

/** An image's content, and how often its layers were opened. */
function contentOf(image: TestImage, folder: string, references: string[]): ImageContent & { opened: number } {
  const content = {
    references,
    config: image.blobs.get(image.config.digest) as Buffer,
    opened: 0,
    layers: image.layers.map(descriptor => ({
      async open() {
        content.opened++
        const path = join(folder, `${crypto.randomUUID()}.blob`)
        await writeFile(path, image.blobs.get(descriptor.digest) as Buffer)
        return { path, start: 0 }
      },
    })),
  }
  return content
}

const layerFolders = async (store: WritableImageStore) => (await readdir(join(store.layersDir, 'l'))).sort()
/** Background removals have left these folders. */
const settled = (store: WritableImageStore, folders: string[]) =>
  expect.poll(() => layerFolders(store)).toEqual(folders.toSorted())

describe('the image store', () => {
  it('finds an image by tag, familiar name, digest, id and prefix of its id', async () => {
    await using fixture = await openFixture()
    const image = makeImage([layer('a')], { config: { Cmd: ['run'] } })
    const digest = `docker.io/library/app@${image.manifest.digest}`
    const { id } = await fixture.store.add(contentOf(image, fixture.folder, ['app:1', digest]))
    expect(id).toBe(image.config.digest)
    for (const name of ['app:1', 'docker.io/library/app:1', digest, id, id.slice(7), id.slice(7, 19), `app@${id}`])
      expect(fixture.store.resolve(name)?.id, name).toBe(id)
    for (const name of ['app', 'app:2', 'other:1', 'sha256:00', 'UPPER', '', `other@${id}`])
      expect(fixture.store.resolve(name), name).toBeUndefined()
    expect(fixture.store.resolve('app:1')).toMatchObject({
      repoTags: ['docker.io/library/app:1'],
      repoDigests: [digest],
      config: { Cmd: ['run'] },
    })
  })

  it('is the same after it is opened again, and sweeps what a crash left', async () => {
    await using fixture = await openFixture()
    const image = makeImage([layer('a'), layer('b')])
    const before = await fixture.store.add(contentOf(image, fixture.folder, ['app']))
    const root = fixture.store.layersDir
    await mkdir(join(root, 'unpacking', 'session', 'half', 'deep'), { recursive: true })
    await mkdir(join(root, 'l', '99'))
    await writeFile(join(root, 'ingest', 'load-half.tar'), 'x')
    await writeFile(join(root, 'ingest', 'sha256-part'), 'x')
    await writeFile(join(root, 'blobs', 'sha256', 'stray'), 'x')
    await using again = await openImageStore({ root })
    expect(again.list()).toEqual([before])
    expect(await layerFolders(again)).toEqual(['1', '2'])
    expect(existsSync(join(root, 'unpacking'))).toBe(false)
    expect(await readdir(join(root, 'ingest'))).toEqual(['sha256-part'])
    expect(await readdir(join(root, 'blobs', 'sha256'))).toEqual([image.config.digest.slice(7)])
  })

  it('survives SIGKILL at any moment of a load: whole images or none, and the next load completes', async () => {
    await using fixture = await openFixture()
    const root = join(fixture.folder, 'killed')
    const tars = Array.from({ length: 5 }, (_, i) =>
      makeTar([{ name: `file-${i}`, content: Buffer.alloc(300_000, i) }]),
    )
    const images = tars.map((_, i) => ({ image: makeImage(tars.slice(0, i + 1)), tags: [`app:${i}`] }))
    const archive = join(fixture.folder, 'archive.tar')
    await writeFile(archive, tarOf(dockerFiles(images)))
    const script = `
      const { openImageStore, loadImages } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)})
      const store = await openImageStore({ root: ${JSON.stringify(root)} })
      await loadImages(store, ${JSON.stringify(archive)}, { onProgress: p => process.stdout.write(p.status + '\\n') })`
    for (const lines of [1, 3, 4, 6, 9]) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const closed = new Promise<void>(resolve => child.once('close', () => resolve()))
      let seen = 0
      for await (const _ of createInterface({ input: child.stdout })) if (++seen === lines) child.kill('SIGKILL')
      await closed
      expect(child.signalCode).toBe('SIGKILL')
      await using store = await openImageStore({ root })
      for (const record of store.list())
        for (const [i, folder] of record.layers.entries())
          expect((await readFile(join(folder, `file-${i}`))).equals(Buffer.alloc(300_000, i))).toBe(true)
      expect((await layerFolders(store)).length).toBe(Math.max(0, ...store.list().map(record => record.layers.length)))
    }
    await using store = await openImageStore({ root })
    await loadImages(store, archive)
    expect(store.list().length).toBe(5)
    expect((await layerFolders(store)).length).toBe(5)
  })

  it('is not written to by an unpacker that starts on its job after its service was killed', async () => {
    await using fixture = await openFixture()
    const root = join(fixture.folder, 'killed')
    const file = (name: string) => join(fixture.folder, name)
    await writeFile(file('archive.tar'), tarOf(dockerFiles([{ image: makeImage([layer('a')]), tags: ['app'] }])))
    const late = `touch $0/started; while ! test -e $0/go; do sleep 0.02; done; "$@" 2>$0/stderr; touch $0/ended`
    const script = `
      const { openImageStore, loadImages } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)})
      const unpackCommand = ${JSON.stringify(['/bin/sh', '-c', late, fixture.folder, ...unpackCommand])}
      const store = await openImageStore({ root: ${JSON.stringify(root)}, unpackCommand })
      await loadImages(store, ${JSON.stringify(file('archive.tar'))})`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' })
    try {
      await expect.poll(() => existsSync(file('started'))).toBe(true)
      // the job follows the start at once; a kill before it would prove nothing, and break nothing
      await new Promise(resolve => setTimeout(resolve, 50))
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
      await using store = await openImageStore({ root })
      await writeFile(file('go'), '')
      await expect.poll(() => existsSync(file('ended'))).toBe(true)
      expect(await layerFolders(store)).toEqual([])
      await loadImages(store, file('archive.tar'))
      expect((await layerFolders(store)).length).toBe(1)
    } finally {
      child.kill('SIGKILL')
      await writeFile(file('go'), '')
    }
  })

  it('does not trust a layer that was not on disk when the machine lost power', async () => {
    await using fixture = await openFixture()
    const root = join(fixture.folder, 'other')
    const due: (() => void)[] = []
    const after = (_: number, run: () => void) => {
      due.push(run)
      return () => undefined
    }
    const clock = { now: () => 0, after }
    const open = (boot: string) => openImageStore({ root, boot, clock })
    {
      await using store = await open('first')
      await store.add(contentOf(makeImage([layer('a')]), fixture.folder, ['synced']))
      for (const run of due.splice(0)) run()
      for (let marked = true; marked; marked = (await readFile(join(root, 'index.json'), 'utf8')).includes('"boot"'))
        await new Promise(resolve => setTimeout(resolve, 5))
      await store.add(contentOf(makeImage([layer('b')]), fixture.folder, ['fresh']))
    }
    {
      // the process came back, the machine had not gone
      await using store = await open('first')
      expect(store.list().length).toBe(2)
      expect(due.length).toBeGreaterThan(0)
    }
    await using store = await open('second')
    expect(store.list().map(image => image.repoTags)).toEqual([['docker.io/library/synced:latest']])
    expect(await layerFolders(store)).toEqual(['1'])
  })

  it('says what to do about an index that is damaged or newer', async () => {
    await using fixture = await openFixture()
    const root = fixture.store.layersDir
    await writeFile(join(root, 'index.json'), '{"version": 1, ')
    await expect(openImageStore({ root })).rejects.toThrow(`index.json is damaged; remove ${root}`)
    await writeFile(join(root, 'index.json'), '{"version": 7}')
    await expect(openImageStore({ root })).rejects.toThrow('has version 7, this program reads version 1')
  })

  it('unpacks a layer once for any number of images that come at the same time', async () => {
    await using fixture = await openFixture()
    const shared = layer('shared')
    const contents = ['a', 'b', 'c', 'd'].map(name =>
      contentOf(makeImage([shared, layer(name)]), fixture.folder, [name]),
    )
    const records = await Promise.all(contents.map(content => fixture.store.add(content)))
    expect(contents.reduce((sum, content) => sum + content.opened, 0)).toBe(5)
    expect(new Set(records.map(record => record.layers[0])).size).toBe(1)
    expect((await layerFolders(fixture.store)).length).toBe(5)
    expect(fixture.store.usage()).toEqual({ used: 'shared'.length + 4, inodes: 5 })
  })

  it('tries a shared layer with the second source when the first breaks', async () => {
    await using fixture = await openFixture()
    const image = makeImage([layer('a')])
    const good = contentOf(image, fixture.folder, ['good'])
    let fail: (error: Error) => void = () => undefined
    const broken = {
      ...good,
      references: ['broken'],
      layers: [{ open: () => new Promise<never>((_, reject) => (fail = reject)) }],
    }
    const first = fixture.store.add(broken)
    const second = fixture.store.add(good)
    fail(new Error('registry went away'))
    await expect(first).rejects.toThrow('registry went away')
    expect((await second).repoTags).toEqual(['docker.io/library/good:latest'])
    expect(fixture.store.resolve('broken')).toBeUndefined()
  })

  it('moves a tag to the image that is loaded under it, and keeps the other without a name', async () => {
    await using fixture = await openFixture()
    const [old, fresh] = [makeImage([layer('old')]), makeImage([layer('new')])]
    await fixture.store.add(contentOf(old, fixture.folder, ['app']))
    await fixture.store.add(contentOf(fresh, fixture.folder, ['app']))
    expect(fixture.store.resolve('app')?.id).toBe(fresh.config.digest)
    expect(fixture.store.resolve(old.config.digest)?.repoTags).toEqual([])
    await using again = await openImageStore({ root: fixture.store.layersDir })
    expect(again.resolve('app')?.id).toBe(fresh.config.digest)
  })

  it('removes an image with its last tag and only the layers that no other image uses', async () => {
    await using fixture = await openFixture()
    const shared = layer('shared')
    const both = makeImage([shared, layer('a')])
    await fixture.store.add(contentOf(both, fixture.folder, ['a:1', 'a:2']))
    const kept = await fixture.store.add(contentOf(makeImage([shared, layer('b')]), fixture.folder, ['b']))
    await fixture.store.remove('a:1')
    expect(fixture.store.resolve('a:2')?.id).toBe(both.config.digest)
    await fixture.store.remove('a:2')
    expect(fixture.store.resolve(both.config.digest)).toBeUndefined()
    await settled(
      fixture.store,
      kept.layers.map(folder => basename(folder)),
    )
    await fixture.store.remove('a:2')
    await fixture.store.remove('nothing')
    expect((await readdir(join(fixture.store.layersDir, 'blobs', 'sha256'))).length).toBe(1)
  })

  it('keeps the layers of a removed image while containers hold it, over a restart too', async () => {
    await using fixture = await openFixture()
    const image = makeImage([layer('a')])
    const { id, layers } = await fixture.store.add(contentOf(image, fixture.folder, ['a']))
    fixture.store.hold(id)
    await fixture.store.remove(id)
    expect(fixture.store.resolve('a')).toBeUndefined()
    expect(fixture.store.list()).toEqual([])
    await using again = await openImageStore({ root: fixture.store.layersDir })
    expect(again.list()).toEqual([])
    const held = [again.hold(id), again.hold(id.slice(7))]
    held[0]?.[Symbol.dispose]()
    held[0]?.[Symbol.dispose]()
    expect(await readFile(join(layers[0] as string, 'a'), 'utf8')).toBe('a')
    held[1]?.[Symbol.dispose]()
    await settled(again, [])
    expect(() => again.hold(id)).toThrow('is not on this node')
  })

  it('takes a removed image back without unpacking it again', async () => {
    await using fixture = await openFixture()
    const content = contentOf(makeImage([layer('a')]), fixture.folder, ['a'])
    const { id } = await fixture.store.add(content)
    using _held = fixture.store.hold(id)
    await fixture.store.remove(id)
    await fixture.store.add(content)
    expect(fixture.store.resolve('a')?.id).toBe(id)
    expect(content.opened).toBe(1)
  })

  it('ends the unpacking when it is told to', async () => {
    await using fixture = await openFixture()
    const abort = new AbortController()
    const image = makeImage([layer('a')])
    const waiting: ImageContent = {
      ...contentOf(image, fixture.folder, ['a']),
      layers: [
        {
          open: signal =>
            new Promise((_, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason as Error))
              abort.abort(new Error('the user has gone'))
            }),
        },
      ],
    }
    await expect(fixture.store.add(waiting, { signal: abort.signal })).rejects.toThrow('the user has gone')
    expect(fixture.store.list()).toEqual([])
  })

  it('tells an unpacker that dies', async () => {
    await using fixture = await openFixture()
    const root = join(fixture.folder, 'other')
    await using store = await openImageStore({ root, unpackCommand: ['/bin/sh', '-c', 'echo no memory >&2; exit 3'] })
    const archive = makeTar([])
    await writeFile(join(fixture.folder, 'empty.tar'), archive)
    await expect(loadImages(store, join(fixture.folder, 'empty.tar'))).rejects.toThrow('unrecognized image format')
    const content = contentOf(makeImage([layer('a')]), fixture.folder, ['a'])
    await expect(store.add(content)).rejects.toThrow('the unpacker ended (exit code 3): no memory')
  })
})
