import { execFile } from 'node:child_process'
import { lstat, mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { digestOf } from './digest.ts'
import { openFixture } from './testing/fixture.ts'
import { makeImage } from './testing/make-image.ts'
import { makeTar, type TestEntry } from './testing/make-tar.ts'
import { loadSystemCalls } from './unpack/system-calls.ts'

const run = promisify(execFile)
const calls = loadSystemCalls()

/** Loads an image of these layers; gives its folders. */
async function unpack(
  fixture: Awaited<ReturnType<typeof openFixture>>,
  layers: readonly Buffer[],
  compress?: (tar: Buffer) => Buffer,
) {
  const image = makeImage(layers, compress ? { compress } : {})
  const record = await fixture.store.add({
    references: ['test'],
    config: image.blobs.get(image.config.digest) as Buffer,
    layers: image.layers.map((layer, i) => ({
      async open() {
        const path = join(fixture.folder, `blob-${i}`)
        await writeFile(path, image.blobs.get(layer.digest) as Buffer)
        return { path, start: 0 }
      },
    })),
  })
  return record.layers as string[]
}

const one = (entries: TestEntry[]) => [makeTar(entries)]

describe('unpacking a layer', () => {
  it('keeps modes, owners, times, links, devices, fifos and attributes', async () => {
    await using fixture = await openFixture()
    const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex') // cap_net_bind_service=ep, not UTF-8 safe
    const [layer = ''] = await unpack(
      fixture,
      one([
        { name: './', type: 'directory', mode: 0o711 },
        { name: 'bin/', type: 'directory', mode: 0o755, mtime: 5 },
        { name: 'bin/su', content: 'x', mode: 0o4755, uid: 0, gid: 42, mtime: 1_234_567_890 },
        { name: 'bin/ping', content: 'ping', mode: 0o755, xattrs: { 'security.capability': capability } },
        { name: 'bin/hard', type: 'link', linkname: 'bin/ping' },
        { name: 'bin/soft', type: 'symlink', linkname: '/bin/ping', uid: 7, gid: 8 },
        { name: 'tmp', type: 'directory', mode: 0o1777 },
        { name: 'dev/null', type: 'char', major: 1, minor: 3, mode: 0o666 },
        { name: 'dev/loop', type: 'block', major: 7, minor: 300, mode: 0o660 },
        { name: 'pipe', type: 'fifo', mode: 0o622 },
        { name: 'noted', content: '', xattrs: { 'user.note': Buffer.from([0, 255, 10, 61]) } },
        {
          name: 'x',
          content: 'long',
          pax: { path: `deep/${'d'.repeat(200)}/name`, mtime: '1600000000.5', uid: '3000000' },
        },
      ]),
    )
    expect((await stat(layer)).mode & 0o7777).toBe(0o711)
    const su = await stat(join(layer, 'bin/su'))
    expect([su.mode & 0o7777, su.uid, su.gid, su.mtimeMs]).toEqual([0o4755, 0, 42, 1_234_567_890_000])
    expect((await stat(join(layer, 'bin'))).mtimeMs).toBe(5_000)
    expect(calls.lgetxattr(join(layer, 'bin/ping'), 'security.capability')).toEqual(capability)
    expect((await stat(join(layer, 'bin/ping'))).ino).toBe((await stat(join(layer, 'bin/hard'))).ino)
    expect(await readlink(join(layer, 'bin/soft'))).toBe('/bin/ping')
    expect((await lstat(join(layer, 'bin/soft'))).gid).toBe(8)
    expect((await stat(join(layer, 'tmp'))).mode & 0o7777).toBe(0o1777)
    const device = await stat(join(layer, 'dev/null'))
    expect([device.isCharacterDevice(), device.rdev, device.mode & 0o777]).toEqual([true, 0x103, 0o666])
    const loop = (await run('stat', ['-c', '%t %T', join(layer, 'dev/loop')])).stdout.trim()
    expect(loop).toBe('7 12c')
    expect((await stat(join(layer, 'pipe'))).isFIFO()).toBe(true)
    expect(calls.lgetxattr(join(layer, 'noted'), 'user.note')).toEqual(Buffer.from([0, 255, 10, 61]))
    const deep = await stat(join(layer, 'deep', 'd'.repeat(200), 'name'))
    expect([deep.uid, deep.mtimeMs]).toEqual([3_000_000, 1_600_000_000_500])
  })

  it('shows deletions and opaque folders through a real overlay mount', async () => {
    await using fixture = await openFixture()
    const file = (name: string, content = name): TestEntry => ({ name, content })
    const lower = makeTar([
      file('gone'),
      file('kept'),
      file('folder/a'),
      file('folder/b'),
      file('opaque/old'),
      file('replaced/old'),
      file('late/old'),
      file('removed/x'),
      file('file-then-folder'),
    ])
    const upper = makeTar([
      { name: '.wh.gone' },
      { name: 'folder/.wh.a' },
      { name: 'opaque/', type: 'directory' },
      { name: 'opaque/.wh..wh..opq' },
      file('opaque/new'),
      // whiteout first, then the folder comes back in the same layer: only lower layers are hidden
      { name: '.wh.replaced' },
      { name: 'replaced/', type: 'directory' },
      file('replaced/new'),
      // and in the other order
      file('late/new'),
      { name: '.wh.late' },
      { name: '.wh.removed' },
      { name: '.wh..wh.plnk' },
      { name: '.wh.file-then-folder' },
      file('file-then-folder/child'),
      file('both', 'mine'),
      { name: '.wh.both' },
    ])
    const layers = await unpack(fixture, [lower, upper])
    const merged = join(fixture.folder, 'merged')
    await mkdir(merged)
    const relative = [...layers].reverse().map(layer => layer.slice(fixture.store.layersDir.length + 1))
    // numbered as they arrived, which is in any order; that the image has them in its own order shows in the mount
    expect(relative.toSorted()).toEqual(['l/1', 'l/2'])
    await run('mount', ['-t', 'overlay', 'overlay', '-o', `lowerdir=${relative.join(':')}`, merged], {
      cwd: fixture.store.layersDir,
    })
    try {
      const list = async (name: string) => (await readdir(join(merged, name))).sort()
      expect(await list('.')).toEqual(['both', 'file-then-folder', 'folder', 'kept', 'late', 'opaque', 'replaced'])
      expect(await list('folder')).toEqual(['b'])
      expect(await list('opaque')).toEqual(['new'])
      expect(await list('replaced')).toEqual(['new'])
      expect(await list('late')).toEqual(['new'])
      expect(await list('file-then-folder')).toEqual(['child'])
      expect(await readFile(join(merged, 'both'), 'utf8')).toBe('mine')
    } finally {
      await run('umount', [merged])
    }
  })

  it('leaves a folder that only lower layers name as they have it', async () => {
    await using fixture = await openFixture()
    const folder = (name: string, mode: number, uid = 0): TestEntry => ({
      name,
      type: 'directory',
      mode,
      uid,
      mtime: 77,
    })
    const lower = [
      folder('./', 0o711),
      folder('tmp', 0o1777),
      folder('home/me/private', 0o700, 1000),
      folder('gone', 0o700),
      folder('opaque', 0o700),
      folder('same', 0o755),
    ]
    const upper: TestEntry[] = [
      { name: 'tmp/x' },
      { name: 'home/me/private/key' },
      { name: '.wh.gone' },
      { name: 'gone/again' },
      { name: 'opaque/.wh..wh..opq' },
      { name: 'same/x' },
    ]
    const layers = await unpack(fixture, [makeTar(lower), makeTar(upper), makeTar([{ name: 'tmp/y' }])])
    expect(layers.length).toBe(4)
    const names = (await run('find', [layers[3] as string, '-mindepth', '1', '-printf', '%P\\n'])).stdout
    expect(names.trim().split('\n').sort()).toEqual(['home', 'home/me', 'home/me/private', 'tmp'])
    const top = async (name: string) => {
      const { mode, uid, mtimeMs } = await stat(join(layers[3] as string, name))
      return [mode & 0o7777, uid, mtimeMs]
    }
    expect(await top('.')).toEqual([0o711, 0, 77_000])
    expect(await top('tmp')).toEqual([0o1777, 0, 77_000])
    expect(await top('home/me/private')).toEqual([0o700, 1000, 77_000])
    // nothing to restore: no layer is added
    expect((await unpack(fixture, [makeTar([folder('a', 0o755)]), makeTar([{ name: 'a/b' }])])).length).toBe(2)
  })

  it.each([
    ['gzip', gzipSync],
    [
      'gzip in two members',
      (tar: Buffer) => Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))]),
    ],
    ['zstd', zstdCompressSync],
    [
      'zstd in many frames with a skippable one',
      (tar: Buffer) =>
        Buffer.concat([
          zstdCompressSync(tar.subarray(0, 700)),
          Buffer.from('502a4d180300000061626300', 'hex').subarray(0, 11),
          zstdCompressSync(tar.subarray(700)),
        ]),
    ],
    ['nothing', (tar: Buffer) => tar],
  ])('reads layers compressed by %s', async (_, compress) => {
    await using fixture = await openFixture()
    const content = Buffer.alloc(300_000, 'layer ')
    const [layer = ''] = await unpack(fixture, one([{ name: 'big', content }]), compress)
    expect((await readFile(join(layer, 'big'))).equals(content)).toBe(true)
  })

  it('reads what GNU tar writes: long names, sparse files, numbers beyond octal', async () => {
    await using fixture = await openFixture()
    const source = join(fixture.folder, 'source')
    const long = join(source, 'x'.repeat(90), 'y'.repeat(90))
    await mkdir(long, { recursive: true })
    await writeFile(join(long, 'file'), 'long')
    await run('truncate', ['-s', '5M', join(source, 'sparse')])
    await writeFile(join(source, 'sparse'), 'tail', { flag: 'r+' })
    await run('bash', [
      '-c',
      `printf middle | dd of=${join(source, 'sparse')} bs=1 seek=3000000 conv=notrunc status=none`,
    ])
    const expected = await readFile(join(source, 'sparse'))
    for (const format of [['--format=gnu'], ['--format=pax'], ['--format=pax', '--sparse-version=0.1']]) {
      const archive = join(fixture.folder, `${format.length}${format[0]}.tar`)
      await run('tar', ['-S', ...format, '--owner=:3000000', '-cf', archive, '-C', source, '.'])
      const [layer = ''] = await unpack(fixture, [await readFile(archive)])
      expect((await readFile(join(layer, 'sparse'))).equals(expected), format.join(' ')).toBe(true)
      expect(await readFile(join(layer, 'x'.repeat(90), 'y'.repeat(90), 'file'), 'utf8')).toBe('long')
      expect((await stat(join(layer, 'sparse'))).uid).toBe(3_000_000)
    }
  })

  it('lets the last of two entries with one name win', async () => {
    await using fixture = await openFixture()
    const [layer = ''] = await unpack(
      fixture,
      one([
        { name: 'a', content: 'first' },
        { name: 'a', content: 'second' },
        { name: 'b', type: 'directory' },
        { name: 'b/c', content: '' },
        { name: 'b', type: 'symlink', linkname: 'a' },
        { name: 'd', type: 'symlink', linkname: 'b' },
        { name: 'd', type: 'directory', mode: 0o700 },
      ]),
    )
    expect(await readFile(join(layer, 'a'), 'utf8')).toBe('second')
    expect(await readlink(join(layer, 'b'))).toBe('a')
    expect((await lstat(join(layer, 'd'))).isDirectory()).toBe(true)
  })
})

describe('a hostile layer', () => {
  const outside = (fixture: { folder: string }) => join(fixture.folder, 'outside')

  it.each<[string, TestEntry[]]>([
    ['a path that climbs', [{ name: '../../../outside/evil', content: 'x' }]],
    ['a path that climbs from within', [{ name: 'a/../../../outside/evil', content: 'x' }]],
    ['a whiteout of the parent', [{ name: '.wh...', content: '' }]],
    ['a root that is no folder', [{ name: './', type: 'symlink', linkname: '/etc' }]],
    ['a hard link that climbs', [{ name: 'l', type: 'link', linkname: '../../../outside/secret' }]],
    ['a hard link to nothing', [{ name: 'l', type: 'link', linkname: '/outside/secret' }]],
  ])('is refused: %s', async (_, entries) => {
    await using fixture = await openFixture()
    await mkdir(outside(fixture))
    await writeFile(join(outside(fixture), 'secret'), 'secret')
    await expect(unpack(fixture, one(entries))).rejects.toThrow()
    expect(await readdir(outside(fixture))).toEqual(['secret'])
    expect(await readdir(join(fixture.store.layersDir, 'l'))).toEqual([])
    expect(fixture.store.list()).toEqual([])
  })

  it('writes through its own symlinks only into itself', async () => {
    await using fixture = await openFixture()
    await mkdir(outside(fixture))
    const [layer = ''] = await unpack(
      fixture,
      one([
        { name: 'abs', type: 'symlink', linkname: outside(fixture) },
        { name: 'abs/evil', content: 'x' },
        { name: 'up', type: 'symlink', linkname: '../../../../../../../../../..' },
        { name: 'up/climbed', content: 'x' },
        { name: 'etc', type: 'symlink', linkname: 'real' },
        { name: 'etc/.wh.passwd' },
      ]),
    )
    expect(await readdir(outside(fixture))).toEqual([])
    expect(await readFile(join(layer, outside(fixture), 'evil'), 'utf8')).toBe('x')
    expect(await readFile(join(layer, 'climbed'), 'utf8')).toBe('x')
    expect((await lstat(join(layer, 'real/passwd'))).isCharacterDevice()).toBe(true)
  })

  it('cannot set attributes that overlayfs trusts', async () => {
    await using fixture = await openFixture()
    const [layer = ''] = await unpack(
      fixture,
      one([{ name: 'd', type: 'directory', xattrs: { 'trusted.overlay.redirect': Buffer.from('/etc') } }]),
    )
    expect(calls.lgetxattr(join(layer, 'd'), 'trusted.overlay.redirect')).toBeUndefined()
  })

  it('is refused when its content is not what its digest says', async () => {
    await using fixture = await openFixture()
    const image = makeImage(one([{ name: 'a', content: 'true' }]))
    const other = makeTar([{ name: 'a', content: 'false' }])
    const path = join(fixture.folder, 'other')
    await writeFile(path, other)
    const add = fixture.store.add({
      references: ['test'],
      config: image.blobs.get(image.config.digest) as Buffer,
      layers: [{ open: async () => ({ path, start: 0 }) }],
    })
    await expect(add).rejects.toThrow(
      `wrong diff id calculated on extraction "${digestOf(other)}", expected "${image.diffIDs[0]}"`,
    )
    expect(await readdir(join(fixture.store.layersDir, 'l'))).toEqual([])
  })

  it.each([
    ['cut short', (tar: Buffer) => tar.subarray(0, 700), 'unexpected EOF'],
    ['no tar', () => Buffer.alloc(1024, 'x'), 'tar: invalid header'],
    ['broken gzip', (tar: Buffer) => Buffer.concat([gzipSync(tar).subarray(0, 60)]), 'unexpected end of file'],
    ['broken zstd', (tar: Buffer) => zstdCompressSync(tar).subarray(0, 40), 'unexpected EOF'],
    ['an unknown entry type', () => withFlag('Z'), 'unhandled entry type'],
  ])('is refused when it is %s', async (_, damage, message) => {
    await using fixture = await openFixture()
    const tar = makeTar([{ name: 'a', content: Buffer.alloc(5_000, 'a') }])
    await expect(unpack(fixture, [tar], () => damage(tar))).rejects.toThrow(message)
    expect(await readdir(join(fixture.store.layersDir, 'l'))).toEqual([])
  })
})

/** A header with a type that nobody knows, its checksum right. */
function withFlag(flag: string): Buffer {
  const tar = makeTar([{ name: 'a' }])
  tar.write(flag, 156)
  tar.write('        ', 148)
  const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0)
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return tar
}
