import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Image, writeArchive } from './archive.ts'

const run = promisify(execFile)

describe('the archive of the images of tests', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubets-test-images-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('has every image under each of its names, over the layers that they share', async () => {
    for (const name of ['base', 'one', 'two']) {
      await mkdir(join(folder, name))
      await writeFile(join(folder, name, `${name}.txt`), name)
    }
    const at = (...names: string[]) => names.map(name => join(folder, name))
    const images: Image[] = [
      { references: ['example.org/one:1', 'example.org/one:2'], layers: at('base', 'one'), config: { Cmd: ['one'] } },
      { references: ['example.org/two:1'], layers: at('base', 'two'), config: { Entrypoint: ['two'], User: '1234' } },
    ]
    const output = join(folder, 'images.tar')
    await writeArchive(images, join(folder, 'work'), output)

    const inspect = async (name: string) => {
      const { stdout } = await run('skopeo', ['inspect', '--config', `docker-archive:${output}:${name}`])
      return JSON.parse(stdout) as { config: object; rootfs: { diff_ids: string[] } }
    }
    const [one, again, two] = await Promise.all(['one:1', 'one:2', 'two:1'].map(each => inspect(`example.org/${each}`)))
    expect(one).toEqual(again)
    expect([one?.config, two?.config]).toMatchObject([{ Cmd: ['one'] }, { Entrypoint: ['two'], User: '1234' }])
    expect(one?.rootfs.diff_ids[0]).toBe(two?.rootfs.diff_ids[0])

    const root = join(folder, 'root')
    const oci = `${join(folder, 'oci')}:two`
    await run('skopeo', ['--insecure-policy', 'copy', '-q', `docker-archive:${output}:example.org/two:1`, `oci:${oci}`])
    await run('umoci', ['raw', 'unpack', '--image', oci, root])
    expect((await run('ls', [root])).stdout.split('\n')).toEqual(['base.txt', 'two.txt', ''])
  })
})
