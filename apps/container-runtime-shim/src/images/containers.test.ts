import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { poll, ShimHarness } from '../testing/shim-harness.ts'
import { loadImage, startImages } from './index.ts'
import { dockerFiles, makeImage, tarOf } from './testing/make-image.ts'
import { makeTar, type TestEntry } from './testing/make-tar.ts'

/** Busybox, then a pile of layers of which each adds a file and hides the one before. */
async function archive(layerCount: number): Promise<Buffer> {
  const applets = ['sh', 'cat', 'ls', 'id', 'sleep', 'stat']
  const base: TestEntry[] = [
    { name: 'bin/', type: 'directory' },
    { name: 'bin/busybox', content: await readFile('/bin/busybox'), mode: 0o755 },
    ...applets.map((name): TestEntry => ({ name: `bin/${name}`, type: 'link', linkname: 'bin/busybox' })),
    { name: 'etc/passwd', content: 'root:x:0:0::/:/bin/sh\nweb:x:1000:1001::/:/bin/sh\n' },
    { name: 'data/', type: 'directory', mode: 0o750, uid: 1000, gid: 1001 },
    { name: 'data/file-0', content: '0', uid: 1000 },
  ]
  const layers = Array.from({ length: layerCount - 1 }, (_, i) =>
    makeTar([{ name: `data/.wh.file-${i}` }, { name: `data/file-${i + 1}`, content: String(i + 1), uid: 1000 }]),
  )
  const config = { User: 'web', Entrypoint: ['/bin/sh', '-c'], Env: ['GREETING=hello'] }
  return tarOf(dockerFiles([{ image: makeImage([makeTar(base), ...layers], { config }), tags: ['app:1'] }]))
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

describe('containers of images from the store', () => {
  it('run over many layers, and keep them when the image is removed and the shim starts again', async () => {
    await using undo = new AsyncDisposableStack()
    const folder = await mkdtemp('/tmp/ki-')
    undo.defer(() => rm(folder, { recursive: true, force: true }))
    const root = join(folder, 'store')
    const admin = join(folder, 'admin.sock')
    const shim = undo.use(await ShimHarness.start({ startImages: () => startImages({ root, adminSocket: admin }) }))
    const count = 60
    const layers = async () => (await readdir(join(root, 'l'))).length
    const [loaded] = await loadImage(admin, once(await archive(count)))
    // one more: /data is named by the lowest layer only
    expect(await layers()).toBe(count + 1)

    const sandbox = await shim.sandbox()
    const container = await shim.run(sandbox, 'unused', {
      image: { image: 'app:1' },
      command: [],
      args: ['echo $GREETING; id -un; ls /data; cat /data/*; echo; stat -c "%a %u %g" /data; sleep 1000'],
    })
    let output = ''
    for await (const _ of poll(20_000)) {
      output = await shim.output(container)
      if (output.split('\n').length >= 6) break
    }
    expect(output).toBe(`hello\nweb\nfile-${count - 1}\n${count - 1}\n750 1000 1001\n`)

    await shim.client.removeImage({ image: { image: loaded?.id ?? '' } })
    expect((await shim.client.listImages({})).images).toEqual([])
    await shim.stopShim()
    await shim.startShim()
    expect(await shim.exec(container, 'cat', `/data/file-${count - 1}`)).toBe(String(count - 1))
    expect(await layers()).toBe(count + 1)

    await shim.client.removePodSandbox({ podSandboxId: sandbox })
    for await (const _ of poll(20_000)) if ((await layers()) === 0) break
    expect(await layers()).toBe(0)
  })
})
