import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildBusyboxImage } from './index.ts'

const run = promisify(execFile)

describe('the busybox image', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubets-busybox-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('has the same bytes each time and the tag of the version that it is', async () => {
    const first = await buildBusyboxImage({ output: join(folder, 'cache', 'a.tar') })
    const second = await buildBusyboxImage({ output: join(folder, 'b.tar') })
    expect((await readFile(first.path)).equals(await readFile(second.path))).toBe(true)
    const version = /v(\d+\.\d+)(\.\d+)/.exec((await run('/bin/busybox', [])).stdout)
    expect(first.references).toEqual([
      `docker.io/library/busybox:${version?.[1]}${version?.[2]}`,
      `docker.io/library/busybox:${version?.[1]}`,
      'docker.io/library/busybox:latest',
    ])
  })

  it('is taken by skopeo and umoci, and its shell runs', async () => {
    const { path, references } = await buildBusyboxImage({ output: join(folder, 'busybox.tar') })
    const { stdout } = await run('skopeo', ['inspect', '--config', `docker-archive:${path}:${references[2]}`])
    expect(JSON.parse(stdout)).toMatchObject({ os: 'linux', config: { Cmd: ['sh'] } })
    const oci = join(folder, 'oci')
    await run('skopeo', [
      '--insecure-policy',
      'copy',
      '-q',
      `docker-archive:${path}:${references[2]}`,
      `oci:${oci}:latest`,
    ])
    const root = join(folder, 'root')
    await run('umoci', ['raw', 'unpack', '--image', `${oci}:latest`, root])
    const script =
      'id -un; stat -c %a /tmp /root; test -h /usr/bin/env && /usr/bin/env true; ls /bin | wc -l; cat /etc/passwd | head -1'
    const lines = (await run('chroot', [root, '/bin/sh', '-c', script])).stdout.trim().split('\n')
    const applets = (await run('/bin/busybox', ['--list'])).stdout.trim().split('\n').length
    expect(lines).toEqual(['root', '1777', '700', String(applets), 'root:x:0:0:root:/root:/bin/sh'])
  })

  it('says what to install when busybox is not there or another program', async () => {
    const output = join(folder, 'a.tar')
    await expect(buildBusyboxImage({ output, busybox: join(folder, 'none') })).rejects.toThrow(
      "install Debian's package busybox-static",
    )
    await writeFile(join(folder, 'other'), '#!/bin/sh\necho hello\n', { mode: 0o755 })
    await expect(buildBusyboxImage({ output, busybox: join(folder, 'other') })).rejects.toThrow('is not a busybox')
  })
})
