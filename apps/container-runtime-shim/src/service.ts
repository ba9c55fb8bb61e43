import { join } from 'node:path'
import { runMain, running } from '@kubets/component'
import { shimFlags } from './flags.ts'
import { parseRegistryFlags } from './images/registry/hosts.ts'

await runMain({
  name: 'container-runtime-shim',
  about: 'The container runtime of a node: CRI v1 over runc, conmon, overlay mounts and CNI.',
  flags: shimFlags,
  async start(flags, log) {
    await using undo = new AsyncDisposableStack()
    const address = flags['metrics-bind-address']
    const metrics = address ? undo.use(await (await import('./metrics.ts')).serveMetrics(address)) : undefined
    const observed = { log, ...(metrics ? { observer: metrics.observer } : {}) }
    if (flags.runtime === 'fake') {
      const { startFakeRuntimeShim } = await import('./start-fake.ts')
      const fake = await startFakeRuntimeShim({
        listen: flags.listen,
        directory: join(flags.root, 'fake'),
        podCidr: flags['fake-pod-cidr'],
        ...observed,
      })
      undo.defer(() => fake.stop())
      return running(undo.move())
    }
    const [{ startContainerRuntimeShim }, { startImages }] = await Promise.all([
      import('./start.ts'),
      import('./images/start-images.ts'),
    ])
    const registries = parseRegistryFlags(flags['registry-mirror'], flags['insecure-registry'])
    const shim = await startContainerRuntimeShim({
      listen: flags.listen,
      root: flags.root,
      state: flags.state,
      cniConfDir: flags['cni-conf-dir'],
      cniBinDirs: flags['cni-bin-dir'],
      cgroupRoot: flags['cgroup-root'],
      streamAddress: flags['stream-address'],
      streamPort: flags['stream-port'],
      ...(flags['conmon-cgroup'] ? { conmonCgroup: flags['conmon-cgroup'] } : {}),
      ...(flags['runtime-path'] ? { runcPath: flags['runtime-path'] } : {}),
      ...(flags['conmon-path'] ? { conmonPath: flags['conmon-path'] } : {}),
      ...(flags['catatonit-path'] ? { catatonitPath: flags['catatonit-path'] } : {}),
      startImages: () =>
        startImages({
          root: flags['image-root'] ?? join(flags.root, 'images'),
          registries,
          logger: log,
          ...(flags['image-puller'] ? { puller: flags['image-puller'] } : {}),
          ...(flags['admin-socket'] ? { adminSocket: flags['admin-socket'] } : {}),
        }),
      ...observed,
    })
    undo.defer(() => shim.stop())
    return running(undo.move())
  },
})
