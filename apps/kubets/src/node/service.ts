import { parseFlags, runMain, running } from '@kubets/component'
import { kubeletFlags, startKubeletFromFlags } from '@kubets/kubelet-agent'
import { serviceProxyFlags, startServiceProxyFromFlags } from '@kubets/service-proxy'

// A node's kubelet-agent and its service-proxy in one process: what both load is in memory once, some 35 MB a node. What ends
// one ends both, and the supervisor starts them again; the rules and the pods outlive them.
await runMain({
  name: 'node',
  about: 'The kubelet-agent and the service-proxy of one node in one process.',
  flags: {
    ...kubeletFlags,
    proxy: { type: 'strings', help: "The service-proxy's flags, each without its dashes: --proxy=kubeconfig=FILE." },
  },
  async start({ proxy, ...flags }, logger) {
    await using undo = new AsyncDisposableStack()
    const proxyFlags = parseFlags(
      serviceProxyFlags,
      proxy.map(flag => `--${flag}`),
    )
    // rules first: a container's first request is to the API
    const serviceProxy = await startServiceProxyFromFlags(
      proxyFlags.values,
      logger.child({ component: 'service-proxy' }),
    )
    undo.defer(() => serviceProxy.stop())
    const kubelet = await startKubeletFromFlags(flags, logger)
    undo.defer(() => kubelet.stop())
    return running(undo.move())
  },
})
