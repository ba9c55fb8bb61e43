import type { Authorizer } from '../../authorization/authorizer.ts'
import { httpProxy } from '../../proxy/http-proxy.ts'
import type { KubeletClient } from '../../proxy/kubelet.ts'
import type { OutgoingConnections } from '../../proxy/outgoing-connections.ts'
import { podLog } from '../../proxy/pod-log.ts'
import { podStream } from '../../proxy/pod-stream.ts'
import { nodeTarget, podTarget, serviceTarget } from '../../proxy/proxy-targets.ts'
import type { SubresourceHandler } from '../router.ts'
import { binding } from './binding.ts'
import { componentChecks } from './component-checks.ts'
import { componentStatus } from './component-status.ts'
import { eviction } from './eviction.ts'
import { objectPart } from './object-part.ts'
import { scale } from './scale.ts'

/** All subresources, and the kinds that are only posted, by path. */
export function subresourceHandlers(
  kubelets: KubeletClient,
  authorizer: Authorizer,
  outgoing: OutgoingConnections,
): Readonly<Record<string, SubresourceHandler>> {
  return {
    '*/status': objectPart,
    '*/scale': scale,
    'namespaces/finalize': objectPart,
    'certificatesigningrequests/approval': objectPart,
    'pods/ephemeralcontainers': objectPart,
    'pods/resize': objectPart,
    'pods/binding': binding,
    bindings: binding,
    componentstatuses: componentStatus(componentChecks),
    'pods/eviction': eviction,
    ...outgoing.bounded({
      'nodes/proxy': httpProxy(nodeTarget(kubelets)),
      'pods/proxy': httpProxy(podTarget),
      'services/proxy': httpProxy(serviceTarget),
      'pods/log': podLog(kubelets),
      'pods/exec': podStream('exec', kubelets, authorizer),
      'pods/attach': podStream('attach', kubelets, authorizer),
      'pods/portforward': podStream('portforward', kubelets, authorizer),
    }),
  }
}
