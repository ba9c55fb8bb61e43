import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { median } from '../benchmark.ts'

const run = promisify(execFile)
const times = 10

/** `node -e 0`, ms, median. */
export async function bareNode(): Promise<number> {
  const samples: number[] = []
  for (let i = 0; i < times; i++) {
    const started = performance.now()
    await run(process.execPath, ['-e', '0'])
    samples.push(performance.now() - started)
  }
  return median(samples)
}

/** `runc run` of a static busybox `true`, ms, median: a container with nothing around it. */
export async function bareContainer(): Promise<number> {
  const bundle = await mkdtemp(join(tmpdir(), 'kubets-runc-'))
  try {
    await mkdir(join(bundle, 'rootfs/bin'), { recursive: true })
    await copyFile('/bin/busybox', join(bundle, 'rootfs/bin/busybox'))
    await run('runc', ['spec', '--bundle', bundle])
    const spec = JSON.parse(await readFile(join(bundle, 'config.json'), 'utf8'))
    spec.process.terminal = false
    spec.process.args = ['/bin/busybox', 'true']
    await writeFile(join(bundle, 'config.json'), JSON.stringify(spec))
    const samples: number[] = []
    for (let i = 0; i < times; i++) {
      const started = performance.now()
      await run('runc', ['--root', join(bundle, 'state'), 'run', '--bundle', bundle, `bare-${process.pid}-${i}`])
      samples.push(performance.now() - started)
    }
    return median(samples)
  } finally {
    await rm(bundle, { recursive: true, force: true })
  }
}
