/** The tiny image for tests and demos, made from Debian's busybox-static where no registry can be reached. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { type Member, ustar } from './ustar.ts'

export interface BusyboxImageOptions {
  /** Archive file to write, `….tar`; its folder is made. */
  output: string
  /** Debian's static busybox. Default: `/bin/busybox`. */
  busybox?: string
}

export interface BusyboxImage {
  /** `docker.io/library/busybox:1.35.0`, `…:1.35`, `…:latest`: the version that it is. */
  references: string[]
  path: string
}

/**
 * Writes an archive that is both an OCI layout and a `docker save` archive, so `kubets image load`, `docker load`, skopeo and
 * containerd all take it. The same busybox gives the same bytes, on every machine.
 */
export async function buildBusyboxImage(options: BusyboxImageOptions): Promise<BusyboxImage> {
  const program = options.busybox ?? '/bin/busybox'
  const binary = await readFile(program).catch((error: unknown) => {
    throw new Error(`cannot read ${program}: install Debian's package busybox-static`, { cause: error })
  })
  if (binary.includes('/lib64/ld-linux'))
    throw new Error(`${program} is linked dynamically: install Debian's package busybox-static`)
  const run = promisify(execFile)
  const [{ stdout: about }, { stdout: applets }] = await Promise.all([run(program, []), run(program, ['--list'])])
  const version = /^BusyBox v(\d+\.\d+)(\.\d+)?/.exec(about)
  if (version === null) throw new Error(`${program} is not a busybox: it says ${JSON.stringify(about.slice(0, 60))}`)
  const minor = version[1] as string
  const tags = [...new Set([`${minor}${version[2] ?? ''}`, minor, 'latest'])]
  const references = tags.map(tag => `docker.io/library/busybox:${tag}`)
  const archive = imageArchive(rootFolder(binary, applets.split('\n').filter(Boolean)), references)
  const temporary = `${options.output}.${process.pid}-${crypto.randomUUID()}.tmp`
  await mkdir(dirname(options.output), { recursive: true })
  try {
    await writeFile(temporary, archive)
    await rename(temporary, options.output)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  return { references, path: options.output }
}

function rootFolder(binary: Uint8Array, applets: readonly string[]): Buffer {
  const links = applets
    .filter(name => name !== 'busybox')
    .sort()
    .map((name): Member => ({ name: `bin/${name}`, mode: 0o755, linkTo: 'bin/busybox' }))
  const passwd = [
    'root:x:0:0:root:/root:/bin/sh',
    'daemon:x:1:1:daemon:/usr/sbin:/bin/false',
    'www-data:x:33:33:www-data:/var/www:/bin/false',
    'nobody:x:65534:65534:nobody:/home:/bin/false',
  ]
  const group = ['root:x:0:', 'daemon:x:1:', 'tty:x:5:', 'www-data:x:33:', 'users:x:100:', 'nobody:x:65534:']
  const text = (lines: readonly string[]) => Buffer.from(`${lines.join('\n')}\n`)
  const folders = ['bin', 'dev', 'etc', 'home', 'lib', 'usr', 'usr/bin', 'usr/sbin', 'var', 'var/spool', 'var/www']
  return ustar([
    ...folders.map((name): Member => ({ name, mode: 0o755 })),
    { name: 'root', mode: 0o700 },
    { name: 'tmp', mode: 0o1777 },
    { name: 'var/tmp', mode: 0o1777 },
    { name: 'bin/busybox', mode: 0o755, content: binary },
    ...links,
    { name: 'usr/bin/env', mode: 0o777, symlinkTo: '../../bin/env' },
    { name: 'etc/passwd', mode: 0o644, content: text(passwd) },
    { name: 'etc/group', mode: 0o644, content: text(group) },
    { name: 'etc/shadow', mode: 0o640, content: text(['root:*::0:::::', 'nobody:*::0:::::']) },
    { name: 'etc/nsswitch.conf', mode: 0o644, content: text(['passwd: files', 'group: files', 'hosts: files dns']) },
  ])
}

function imageArchive(layer: Buffer, references: readonly string[]): Buffer {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const blobs = new Map<string, Buffer>()
  const blob = (mediaType: string, content: Buffer) => {
    const hex = createHash('sha256').update(content).digest('hex')
    blobs.set(hex, content)
    return { mediaType, digest: `sha256:${hex}`, size: content.length }
  }
  const json = (value: unknown) => Buffer.from(JSON.stringify(value))
  const layerBlob = blob('application/vnd.oci.image.layer.v1.tar', layer)
  const config = blob(
    'application/vnd.oci.image.config.v1+json',
    json({
      created: '1970-01-01T00:00:00Z',
      architecture,
      os: 'linux',
      config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['sh'] },
      rootfs: { type: 'layers', diff_ids: [layerBlob.digest] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'kubets: busybox-static of Debian' }],
    }),
  )
  const manifestType = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = blob(manifestType, json({ schemaVersion: 2, mediaType: manifestType, config, layers: [layerBlob] }))
  const path = (digest: string) => `blobs/sha256/${digest.slice('sha256:'.length)}`
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: references.map(reference => ({
      ...manifest,
      platform: { architecture, os: 'linux' },
      annotations: {
        'io.containerd.image.name': reference,
        'org.opencontainers.image.ref.name': reference.slice(reference.lastIndexOf(':') + 1),
      },
    })),
  }
  const familiar = references.map(reference => reference.replace('docker.io/library/', ''))
  const saved = [{ Config: path(config.digest), RepoTags: familiar, Layers: [path(layerBlob.digest)] }]
  return ustar([
    { name: 'blobs', mode: 0o755 },
    { name: 'blobs/sha256', mode: 0o755 },
    ...[...blobs].map(([hex, content]): Member => ({ name: `blobs/sha256/${hex}`, mode: 0o644, content })),
    { name: 'index.json', mode: 0o644, content: json(index) },
    { name: 'manifest.json', mode: 0o644, content: json(saved) },
    { name: 'oci-layout', mode: 0o644, content: json({ imageLayoutVersion: '1.0.0' }) },
  ])
}
