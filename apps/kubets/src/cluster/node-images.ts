import { access } from 'node:fs/promises'
import { loadImage } from '@kubets/container-runtime-shim/host'
import type { ClusterDirectory } from '../cluster-directory/index.ts'
import { buildBusyboxImage } from '../images/busybox-image/index.ts'
import { type ClusterLayout, sockets } from './service-specs.ts'

const archive = (directory: ClusterDirectory) => directory.file('images', 'busybox.tar')

/** Builds the tiny image that demos and tests use, unless this directory has it: no registry may be in reach. */
export async function prepareImages(directory: ClusterDirectory): Promise<void> {
  const there = await access(archive(directory)).then(
    () => true,
    () => false,
  )
  if (!there) await buildBusyboxImage({ output: archive(directory) })
}

/** Gives the prepared images to every node; what a node has already costs it nothing. Resolves with their names. */
export async function loadImagesOnNodes({ directory, plan }: ClusterLayout): Promise<string[]> {
  const loaded = await Promise.all(plan.nodes.map(node => loadImage(sockets.imageAdmin(node), archive(directory))))
  return [...new Set(loaded.flat().flatMap(image => image.references))].map(name =>
    name.replace('docker.io/library/', ''),
  )
}
