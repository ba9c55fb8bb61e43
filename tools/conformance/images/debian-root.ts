import { execFile } from 'node:child_process'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Unpacks Debian packages and all that they need into `root`. No script of theirs is run, so only programs and their
 * libraries can be counted on. What busybox has and no package brought is linked to it. Needs root and a Debian-like machine.
 */
export async function debianRoot(root: string, packages: readonly string[], downloads: string): Promise<void> {
  await rm(root, { recursive: true, force: true })
  // busybox links only into folders that are there
  for (const folder of ['bin', 'sbin', 'usr/bin', 'usr/sbin']) await mkdir(join(root, folder), { recursive: true })
  await mkdir(downloads, { recursive: true })
  const wanted = await closure(packages)
  const options = ['-q', '-o', 'APT::Sandbox::User=root', 'download', ...wanted]
  await run('apt-get', options, { cwd: downloads, maxBuffer: 1 << 26 })
  for (const file of await readdir(downloads))
    if (wanted.includes(file.split('_')[0] as string)) await run('dpkg-deb', ['-x', join(downloads, file), root])
  // where tests look for them, and where upstream's image has them all
  for (const folder of [[], ['/bin']]) await run('chroot', [root, '/bin/busybox', '--install', '-s', ...folder])
}

async function closure(packages: readonly string[]): Promise<string[]> {
  const without = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map(each => `--no-${each}`)
  const { stdout } = await run('apt-cache', ['depends', '--recurse', ...without, ...packages])
  return [...new Set(stdout.split('\n').filter(line => /^\w/.test(line)))].sort()
}
