import { runMain } from '@kubets/component'
import { serviceProxyFlags } from './flags.ts'
import { startServiceProxyFromFlags } from './start-from-flags.ts'
import { cleanUp } from './start-service-proxy.ts'

await runMain({
  name: 'service-proxy',
  about: "Leads traffic to Services to their endpoints: the node's service that upstream calls kube-proxy.",
  flags: serviceProxyFlags,
  async start(flags, logger) {
    if (!flags.cleanup) return startServiceProxyFromFlags(flags, logger)
    await cleanUp()
    return process.exit(0)
  },
})
