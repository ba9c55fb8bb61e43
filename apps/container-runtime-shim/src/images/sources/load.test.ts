import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { hostPlatform } from '../oci.ts'
import { openImageStore } from '../store.ts'
import { openFixture, type StoreFixture } from '../testing/fixture.ts'
import { dockerFiles, layoutFiles, makeImage, makeIndex, tarOf, writeFolder } from '../testing/make-image.ts'
import { makeTar } from '../testing/make-tar.ts'
import { loadImages } from './load.ts'

const run = promisify(execFile)

const layerTars = [
  makeTar([
    { name: 'etc/', type: 'directory' },
    { name: 'etc/motd', content: 'hello\n', mode: 0o640, uid: 1, gid: 2 },
    { name: 'etc/link', type: 'symlink', linkname: 'motd' },
    { name: 'gone', content: 'x' },
  ]),
  makeTar([{ name: '.wh.gone' }, { name: 'bin/', type: 'directory', mode: 0o711 }]),
]

async function write(fixture: StoreFixture, name: string, content: Uint8Array): Promise<string> {
  const path = join(fixture.folder, name)
  await writeFile(path, content)
  return path
}

describe('loading an archive', () => {
  it('reads docker save archives with several images and tags', async () => {
    await using fixture = await openFixture()
    const [a, b] = [makeImage(layerTars), makeImage([layerTars[0] as Buffer])]
    const files = dockerFiles([
      { image: a, tags: ['a:1', 'registry.example/a:2'] },
      { image: b, tags: [] },
    ])
    const records = await loadImages(fixture.store, await write(fixture, 'a.tar', tarOf(files)))
    expect(records.map(r => r.repoTags)).toEqual([['docker.io/library/a:1', 'registry.example/a:2'], []])
    expect(fixture.store.resolve('a:1')?.id).toBe(a.config.digest)
    expect(fixture.store.resolve(b.config.digest)?.layers).toEqual(fixture.store.resolve('a:1')?.layers.slice(0, 1))
    const layer = records[0]?.layers[0] as string
    expect(await readFile(join(layer, 'etc/motd'), 'utf8')).toBe('hello\n')
  })

  it('follows the symlinks by which older Docker shares layers', async () => {
    await using fixture = await openFixture()
    const image = makeImage([layerTars[0] as Buffer])
    const files = dockerFiles([{ image, tags: ['a'] }])
    const name = `${image.layers[0]?.digest.slice(7, 23)}/layer.tar`
    const entries = [...files].filter(([key]) => key !== name).map(([key, content]) => ({ name: key, content }))
    const archive = makeTar([
      { name, type: 'symlink', linkname: '../elsewhere/layer.tar' },
      { name: 'elsewhere/layer.tar', content: layerTars[0] as Buffer },
      ...entries,
    ])
    expect(await loadImages(fixture.store, await write(fixture, 'a.tar', archive))).toHaveLength(1)
  })

  it('reads OCI layouts as folder and tar, and takes this machine out of an index', async () => {
    await using fixture = await openFixture()
    const { architecture } = hostPlatform()
    const [mine, other] = [makeImage(layerTars), makeImage([layerTars[1] as Buffer], { architecture: 's390x' })]
    const { blobs, index } = makeIndex([
      { image: other, architecture: 's390x' },
      { image: mine, architecture },
    ])
    // other machines' blobs need not be there
    for (const layer of other.layers) if (!mine.blobs.has(layer.digest)) blobs.delete(layer.digest)
    const files = layoutFiles(blobs, [{ descriptor: index, name: 'registry.example/team/app:3' }])
    const folder = join(fixture.folder, 'layout')
    await writeFolder(folder, files)
    for (const source of [folder, await write(fixture, 'layout.tar', tarOf(files))]) {
      const [record] = await loadImages(fixture.store, source)
      expect(record).toMatchObject({
        id: mine.config.digest,
        repoTags: ['registry.example/team/app:3'],
        repoDigests: [`registry.example/team/app@${index.digest}`],
      })
    }
  })

  it('gives images without a name the one that is asked for', async () => {
    await using fixture = await openFixture()
    const image = makeImage(layerTars)
    const path = await write(
      fixture,
      'a.tar',
      tarOf(layoutFiles(image.blobs, [{ descriptor: image.manifest, name: 'v1' }])),
    )
    expect((await loadImages(fixture.store, path))[0]?.repoTags).toEqual([])
    expect((await loadImages(fixture.store, path, { name: 'team/app' }))[0]?.repoTags).toEqual([
      'docker.io/team/app:v1',
    ])
  })

  it.each([
    ['plain', (tar: Buffer) => tar],
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('reads a %s stream', async (_, compress) => {
    await using fixture = await openFixture()
    const path = await write(fixture, 'a', compress(tarOf(dockerFiles([{ image: makeImage(layerTars), tags: ['a'] }]))))
    expect(await loadImages(fixture.store, createReadStream(path))).toHaveLength(1)
    expect(await readdir(fixture.store.ingest)).toEqual([])
    await using other = await openImageStore({ root: join(fixture.folder, 'other') })
    expect(await loadImages(other, path)).toHaveLength(1)
  })

  it('reads no layer that is there already', async () => {
    await using fixture = await openFixture()
    const path = await write(fixture, 'a.tar', tarOf(dockerFiles([{ image: makeImage(layerTars), tags: ['a'] }])))
    const statuses = async () => {
      const seen: string[] = []
      await loadImages(fixture.store, path, { onProgress: p => seen.push(`${p.status} ${p.done}/${p.total}`) })
      return seen
    }
    expect(await statuses()).toContain('done 2/2')
    expect(await statuses()).toEqual(['present 1/2', 'present 2/2'])
  })

  it.each<[string, Buffer, string]>([
    ['no tar', Buffer.from('hello'.repeat(200)), 'unrecognized image format: tar: invalid header'],
    ['empty', makeTar([]), 'unrecognized image format: neither manifest.json'],
    ['a cut tar', tarOf(dockerFiles([{ image: makeImage(layerTars), tags: [] }])).subarray(0, 3_000), 'unexpected EOF'],
    ['broken JSON', makeTar([{ name: 'manifest.json', content: '[{' }]), 'malformed manifest.json'],
    [
      'without its layer',
      makeTar([{ name: 'manifest.json', content: JSON.stringify([{ Config: 'c', RepoTags: [], Layers: [] }]) }]),
      'the archive has no c',
    ],
    [
      'for another machine',
      (() => {
        const image = makeImage(layerTars)
        const { blobs, index } = makeIndex([{ image, architecture: 's390x' }])
        return tarOf(layoutFiles(blobs, [{ descriptor: index }]))
      })(),
      'no match for platform in manifest sha256:',
    ],
    [
      'a layout with a digest that climbs',
      makeTar([
        {
          name: 'index.json',
          content:
            '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:../../etc","size":1}]}',
        },
      ]),
      'invalid digest',
    ],
  ])('refuses one that is %s', async (_, archive, message) => {
    await using fixture = await openFixture()
    await expect(loadImages(fixture.store, await write(fixture, 'a', archive))).rejects.toThrow(message)
    expect(fixture.store.list()).toEqual([])
    expect(await readdir(fixture.store.ingest)).toEqual([])
  })
})

describe('with the tools that people use', () => {
  it('reads what skopeo writes in each format', async () => {
    await using fixture = await openFixture()
    const image = makeImage(layerTars)
    const folder = join(fixture.folder, 'layout')
    await writeFolder(folder, layoutFiles(image.blobs, [{ descriptor: image.manifest, name: 'latest' }]))
    const at = (name: string) => join(fixture.folder, name)
    const skopeo = (to: string) => run('skopeo', ['--insecure-policy', 'copy', '-q', `oci:${folder}:latest`, to])
    await skopeo(`docker-archive:${at('docker.tar')}:registry.example/app:1`)
    await skopeo(`oci-archive:${at('oci.tar')}:registry.example/app:2`)
    await mkdir(at('oci'))
    await skopeo(`oci:${at('oci')}:registry.example/app:3`)
    const ids = []
    for (const name of ['docker.tar', 'oci.tar', 'oci']) ids.push((await loadImages(fixture.store, at(name)))[0]?.id)
    for (const tag of [1, 2, 3]) expect(fixture.store.resolve(`registry.example/app:${tag}`)).toBeDefined()
    expect(ids[1]).toBe(image.config.digest)
    expect(ids[2]).toBe(image.config.digest)
    // docker archives keep the layers, so every image shares them
    expect((await readdir(join(fixture.store.layersDir, 'l'))).length).toBe(2)
  })

  it('unpacks as umoci does', async () => {
    await using fixture = await openFixture()
    const image = makeImage([layerTars[0] as Buffer])
    const layout = join(fixture.folder, 'layout')
    await writeFolder(layout, layoutFiles(image.blobs, [{ descriptor: image.manifest, name: 'latest' }]))
    const [record] = await loadImages(fixture.store, layout)
    await run('umoci', ['raw', 'unpack', '--image', `${layout}:latest`, join(fixture.folder, 'umoci')])
    const list = async (folder: string) =>
      (await run('bash', ['-c', 'cd "$0" && find . -mindepth 1 -printf "%p %y %m %U %G %T@ %l\\n" | sort', folder]))
        .stdout
    expect(await list(record?.layers[0] as string)).toBe(await list(join(fixture.folder, 'umoci')))
  })
})
