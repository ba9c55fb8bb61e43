import { UsageError } from '@kubets/component'
import { type CriClient, connectCri } from '@kubets/cri'
import { clusterLayout } from '../cluster/layout.ts'
import { sockets } from '../cluster/service-specs.ts'
import { openClusterDirectory } from '../cluster-directory/index.ts'
import type { NodePlan } from '../network/index.ts'
import { formatTable } from '../terminal/table.ts'
import { command, dirFlag } from './command.ts'

const pullTimeout = 10 * 60 * 1000

export const image = command({
  usage: 'image load FILE… | pull IMAGE… | ls | rm IMAGE…',
  summary: 'Bring images to the nodes, list them, remove them.',
  details: `load takes archives of 'docker save' and OCI layouts (tar, also compressed, or a folder); '-' reads from standard input.

Examples:
  docker save my-app:dev | kubets image load -
  kubets image pull registry.k8s.io/pause:3.10
  kubets image ls`,
  flags: {
    ...dirFlag,
    node: { type: 'strings', help: 'Only these nodes. Default: all.' },
  },
  async run({ flags, args }) {
    const [verb, ...names] = args
    const directory = await openClusterDirectory(flags.dir, { create: false })
    if (!directory.config || (await directory.supervisor()) === undefined)
      throw new UsageError(`the cluster in ${flags.dir} is not up: run 'kubets up --dir ${flags.dir}' first`)
    if (directory.config.runtime === 'fake')
      throw new UsageError('the fake runtime keeps no images: every image name works there as it is')
    const layout = clusterLayout(directory, directory.config)
    const nodes = layout.plan.nodes.filter(node => flags.node.length === 0 || flags.node.includes(node.name))
    const unknown = flags.node.find(name => !nodes.some(node => node.name === name))
    if (unknown !== undefined)
      throw new UsageError(`there is no node ${unknown}: this cluster has ${layout.config.nodes.join(', ')}`)
    const needNames = (what: string) => {
      if (names.length === 0) throw new UsageError(`kubets image ${verb} needs ${what}`)
    }
    switch (verb) {
      case 'load':
        needNames("an archive, or '-' for standard input")
        return load(nodes, names)
      case 'pull':
        needNames('an image name')
        return onEach(nodes, async (cri, node) => {
          for (const name of names) {
            const { imageRef } = await cri.pullImage({ image: { image: name } }, { timeoutMs: pullTimeout })
            process.stdout.write(`${node.name}: ${name} ${imageRef}\n`)
          }
        })
      case 'ls':
        return list(nodes)
      case 'rm':
        needNames('an image name')
        return onEach(nodes, async (cri, node) => {
          for (const name of names) {
            const { image: found } = await cri.imageStatus({ image: { image: name } })
            if (!found) throw new Error(`${node.name} has no image ${name}: see 'kubets image ls'`)
            await cri.removeImage({ image: { image: name } })
            process.stdout.write(`${node.name}: removed ${name}\n`)
          }
        })
      default:
        throw new UsageError(`unknown command "${verb ?? ''}" for "kubets image": one of load, pull, ls, rm`)
    }
  },
})

async function load(nodes: readonly NodePlan[], archives: readonly string[]): Promise<number> {
  const { loadImage } = await import('@kubets/container-runtime-shim/host')
  for (const archive of archives) {
    // standard input can be read once: the nodes take it one by one from a file of it
    const path = archive === '-' ? await spool() : { file: archive, remove: async () => undefined }
    try {
      const ends = await Promise.allSettled(
        nodes.map(async node => {
          for (const { references, id } of await loadImage(sockets.imageAdmin(node), path.file))
            process.stdout.write(`${node.name}: loaded ${references.join(', ') || id}\n`)
        }),
      )
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    } finally {
      await path.remove()
    }
  }
  return 0
}

async function spool(): Promise<{ file: string; remove(): Promise<void> }> {
  const [{ createWriteStream }, { mkdtemp, rm }, { tmpdir }, { join }, { pipeline }] = await Promise.all([
    import('node:fs'),
    import('node:fs/promises'),
    import('node:os'),
    import('node:path'),
    import('node:stream/promises'),
  ])
  const folder = await mkdtemp(join(tmpdir(), 'kubets-load-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    await pipeline(process.stdin, createWriteStream(join(folder, 'image.tar')))
  } catch (error) {
    await remove()
    throw error
  }
  return { file: join(folder, 'image.tar'), remove }
}

async function list(nodes: readonly NodePlan[]): Promise<number> {
  const rows: string[][] = []
  await onEach(nodes, async (cri, node) => {
    const { images } = await cri.listImages({})
    for (const found of images)
      for (const name of found.repoTags.length > 0 ? found.repoTags : ['<none>'])
        rows.push([name, found.id.replace('sha256:', '').slice(0, 12), megabytes(Number(found.size)), node.name])
  })
  rows.sort((a, b) => a.join(' ').localeCompare(b.join(' ')))
  process.stdout.write(formatTable(['IMAGE', 'ID', 'SIZE', 'NODE'], rows))
  return 0
}

/** Runs on all nodes side by side; the first failure is reported after every node has ended. */
async function onEach(
  nodes: readonly NodePlan[],
  work: (cri: CriClient, node: NodePlan) => Promise<void>,
): Promise<number> {
  const ends = await Promise.allSettled(
    nodes.map(async node => {
      await using cri = await connectCri({ socket: sockets.cri(node), waitMs: 2_000 })
      await work(cri, node)
    }),
  )
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return 0
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
