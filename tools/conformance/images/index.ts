import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { built, kubernetesSource, peersFolder } from '../../peers/index.ts'
import { type Image, writeArchive } from './archive.ts'
import { debianRoot } from './debian-root.ts'

/** Raised where another content of the same images is made. */
const edition = '5'

/**
 * The archive with the images that upstream's tests run, made where no registry can be reached: their own programs from
 * their Go module, everything else from Debian's packages. Kept beside the peers and made once; `kubets image load` takes it.
 */
export async function testImages(log: (line: string) => void): Promise<string> {
  const folder = join(peersFolder(), 'images')
  const output = join(folder, `conformance-${edition}.tar`)
  if (await stat(output).catch(() => undefined)) return output
  await mkdir(folder, { recursive: true })
  const programs = {
    agnhost: await built('agnhost', log),
    nnp: await built('nnp', log),
    coredns: await built('coredns', log),
  }
  log('making the images of the tests from Debian packages')
  const work = await mkdtemp(join(folder, 'work-'))
  try {
    await writeArchive(await images(work, programs), join(work, 'archive'), output)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return output
}

async function images(
  work: string,
  { agnhost, nnp, coredns }: Record<'agnhost' | 'nnp' | 'coredns', string>,
): Promise<Image[]> {
  const downloads = join(work, 'debs')
  const upstream = join(await kubernetesSource(), 'test/images')
  const at = (name: string) => join(work, name)
  const tools = ['bash', 'bind9-dnsutils', 'curl', 'iperf', 'iproute2', 'libc-bin', 'netcat-openbsd', 'util-linux']
  await debianRoot(at('tools'), ['busybox', 'coreutils', ...tools], downloads)
  await debianRoot(at('busybox'), ['bash', 'busybox'], downloads)
  await debianRoot(at('nginx'), ['busybox', 'nginx-light'], downloads)
  for (const root of ['tools', 'busybox', 'nginx']) await writeAccounts(at(root))
  // Debian's ash does not hand on variables like data-1, which upstream's does
  await rm(at('busybox/bin/sh'), { force: true })
  await symlink('bash', at('busybox/bin/sh'))
  // a package's scripts would choose among alternatives
  for (const folder of ['bin', 'usr/bin']) await rm(at(`tools/${folder}/nc`), { force: true })
  await symlink('nc.openbsd', at('tools/bin/nc'))
  await writeFile(at('nginx/etc/nginx/nginx.conf'), nginxConf)
  await mkdir(at('nginx/usr/share/nginx/html'), { recursive: true })
  await writeFile(at('nginx/usr/share/nginx/html/index.html'), '<h1>Welcome to nginx!</h1>\n')

  await mkdir(at('agnhost/uploads'), { recursive: true })
  await program(agnhost, at('agnhost/agnhost'))
  await symlink('agnhost', at('agnhost/agnhost-2'))
  for (const end of ['crt', 'key'])
    await plain(join(upstream, `agnhost/porter/localhost.${end}`), at(`agnhost/localhost.${end}`))
  await mkdir(at('pause'))
  await program(agnhost, at('pause/pause'))
  for (const animal of ['nautilus', 'kitten'])
    for (const file of [`${animal}.jpg`, 'data.json']) {
      await mkdir(at(animal), { recursive: true })
      await plain(join(upstream, animal, 'html', file), at(`${animal}/${file}`))
    }
  await mkdir(at('coredns'))
  await program(coredns, at('coredns/coredns'))
  await mkdir(at('nnp/usr/local/bin'), { recursive: true })
  await program(nnp, at('nnp/usr/local/bin/nnp'), 0o6755)

  const named = (name: string, ...tags: string[]) => tags.map(tag => `registry.k8s.io/e2e-test-images/${name}:${tag}`)
  const server = { layers: [at('tools'), at('agnhost')], config: { Entrypoint: ['/agnhost'], Cmd: ['pause'] } }
  const web = { Entrypoint: ['/agnhost'], Cmd: ['test-webserver'] }
  return [
    { ...server, references: named('agnhost', '2.63.0', '2.55') },
    { ...server, references: named('nonroot', '1.5'), config: { ...server.config, User: '1234' } },
    { layers: [...server.layers, at('nautilus')], config: web, references: named('nautilus', '1.8') },
    { layers: [...server.layers, at('kitten')], config: web, references: named('kitten', '1.8') },
    { layers: [at('tools')], config: { Cmd: ['bash'] }, references: named('glibc-dns-testing', '2.0.0') },
    { layers: [at('busybox')], config: { Cmd: ['sh'] }, references: named('busybox', '1.37.0-1') },
    { layers: [at('busybox'), at('nnp')], config: { Cmd: ['nnp'] }, references: named('nonewprivs', '1.4') },
    {
      layers: [at('nginx')],
      config: { Cmd: ['nginx', '-g', 'daemon off;'] },
      references: named('nginx', '1.15-4', '1.27-0'),
    },
    {
      layers: [at('pause')],
      config: { Entrypoint: ['/pause', 'pause'] },
      references: ['registry.k8s.io/pause:3.10.2'],
    },
    {
      layers: [at('coredns')],
      config: { Entrypoint: ['/coredns'] },
      references: ['registry.k8s.io/coredns/coredns:v1.14.2'],
    },
  ]
}

const nginxConf = `pid /var/run/nginx.pid;
error_log /dev/stderr;
events {}
http { access_log /dev/stdout; server { listen 80; root /usr/share/nginx/html; } }
`

/** The users that tests look for, one of them in a group that only the image knows of. */
async function writeAccounts(root: string): Promise<void> {
  await mkdir(join(root, 'etc'), { recursive: true })
  await mkdir(join(root, 'home'), { recursive: true })
  await mkdir(join(root, 'tmp'), { recursive: true })
  await chmod(join(root, 'tmp'), 0o1777)
  const users = ['root:x:0:0:root:/root:/bin/sh', 'www-data:x:33:33::/var/www:/bin/false']
  users.push('user-defined-in-image:x:1000:1000::/home:/bin/sh', 'nobody:x:65534:65534:nobody:/:/bin/false')
  await writeFile(join(root, 'etc/passwd'), `${users.join('\n')}\n`)
  const groups = ['root:x:0:', 'tty:x:5:', 'www-data:x:33:', 'user-defined-in-image:x:1000:']
  groups.push('group-defined-in-image:x:50000:user-defined-in-image', 'nogroup:x:65534:')
  await writeFile(join(root, 'etc/group'), `${groups.join('\n')}\n`)
  await writeFile(join(root, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n')
}

async function program(from: string, to: string, mode = 0o755): Promise<void> {
  await copyFile(from, to)
  await promisify(execFile)('chown', ['0:0', to])
  await chmod(to, mode)
}

const plain = async (from: string, to: string) => {
  await copyFile(from, to)
  await chmod(to, 0o644)
}
