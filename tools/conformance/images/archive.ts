import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Image {
  references: string[]
  /** Folders whose content lies one over the other. */
  layers: string[]
  config: { Entrypoint?: string[]; Cmd?: string[]; User?: string }
}

/** Writes one archive of the form of `docker save` with all of the images; a layer that several have is in it once. */
export async function writeArchive(images: readonly Image[], work: string, output: string): Promise<void> {
  await mkdir(work, { recursive: true })
  const layers = new Map<string, { file: string; digest: string }>()
  for (const folder of new Set(images.flatMap(image => image.layers))) {
    const file = `layer-${layers.size}.tar`
    await tar(folder, '.', join(work, file))
    layers.set(folder, { file, digest: await digestOf(join(work, file)) })
  }
  const manifest = []
  for (const [index, { references, layers: folders, config }] of images.entries()) {
    const own = folders.flatMap(folder => layers.get(folder) ?? [])
    const file = `config-${index}.json`
    await writeFile(
      join(work, file),
      JSON.stringify({
        created: '1970-01-01T00:00:00Z',
        architecture: process.arch === 'x64' ? 'amd64' : process.arch,
        os: 'linux',
        config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], ...config },
        rootfs: { type: 'layers', diff_ids: own.map(layer => layer.digest) },
      }),
    )
    manifest.push({ Config: file, RepoTags: references, Layers: own.map(layer => layer.file) })
  }
  await writeFile(join(work, 'manifest.json'), JSON.stringify(manifest))
  await tar(work, '.', `${output}.new`)
  await rename(`${output}.new`, output)
}

const tar = (folder: string, what: string, output: string) =>
  run('tar', [
    '--sort=name',
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '-C',
    folder,
    '-cf',
    output,
    what,
  ])

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return `sha256:${hash.digest('hex')}`
}
