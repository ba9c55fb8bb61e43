import type { Run } from '../../system/run.ts'
import { loadNetwork, type NetworkConfiguration, type PluginConfiguration, pluginPath } from './configuration.ts'

/** What a pod asks of its network beyond an address; a plugin hears of it when its configuration names the capability. */
export interface NetworkWishes {
  portMappings: readonly { hostPort: number; containerPort: number; protocol: string; hostIP: string }[]
  /** Bits a second, from the pod's annotations. */
  bandwidth: { ingressRate?: number; egressRate?: number } | undefined
}

export interface PodIdentity {
  sandboxId: string
  namespace: string
  name: string
  uid: string
}

/** Kept with the sandbox: a detachment uses what the attachment used, whatever the folder holds by then. */
export interface AttachedNetwork {
  configuration: NetworkConfiguration
  wishes: NetworkWishes
  result: CniResult
}

export interface CniResult {
  ips?: readonly { address: string; gateway?: string }[]
  interfaces?: readonly { name: string; sandbox?: string; mac?: string }[]
  [key: string]: unknown
}

export interface CniOptions {
  confDir: string
  binDirs: readonly string[]
  run: Run
}

/** The interface inside the pod, as every runtime names it. */
export const podInterface = 'eth0'

export class Cni {
  readonly #options: CniOptions
  constructor(options: CniOptions) {
    this.#options = options
  }

  /** Throws with the reason when there is no usable network. */
  load(): NetworkConfiguration {
    return loadNetwork(this.#options.confDir, this.#options.binDirs)
  }

  /** ADD through the chain. Throws with the plugin's message when one fails; the caller then detaches. */
  async attach(pod: PodIdentity, netns: string, wishes: NetworkWishes): Promise<AttachedNetwork> {
    const configuration = this.load()
    let result: CniResult | undefined
    for (const plugin of pluginsFor(configuration, wishes))
      result = JSON.parse(await this.#call('ADD', plugin, configuration, pod, netns, wishes, result)) as CniResult
    return { configuration, wishes, result: result ?? {} }
  }

  /** DEL through the chain, backwards. Harmless when nothing is left. @param netns empty when the namespace has gone */
  async detach(pod: PodIdentity, netns: string, attached: AttachedNetwork): Promise<void> {
    const { configuration, wishes, result } = attached
    for (const plugin of pluginsFor(configuration, wishes).reverse())
      await this.#call('DEL', plugin, configuration, pod, netns, wishes, 'ips' in result ? result : undefined)
  }

  async #call(
    command: 'ADD' | 'DEL',
    plugin: PluginConfiguration,
    network: NetworkConfiguration,
    pod: PodIdentity,
    netns: string,
    wishes: NetworkWishes,
    prevResult: CniResult | undefined,
  ): Promise<string> {
    const path = pluginPath(plugin.type, this.#options.binDirs)
    const { capabilities, ...own } = plugin
    const runtimeConfig = runtimeConfigFor(capabilities ?? {}, wishes)
    const input = {
      ...own,
      name: network.name,
      cniVersion: network.cniVersion,
      ...(Object.keys(runtimeConfig).length > 0 ? { runtimeConfig } : {}),
      ...(prevResult ? { prevResult } : {}),
    }
    const args = {
      IgnoreUnknown: '1',
      K8S_POD_NAMESPACE: pod.namespace,
      K8S_POD_NAME: pod.name,
      K8S_POD_INFRA_CONTAINER_ID: pod.sandboxId,
      K8S_POD_UID: pod.uid,
    }
    const { code, stdout, stderr } = await this.#options.run(path, [], {
      input: JSON.stringify(input),
      timeoutMs: 60_000,
      env: {
        PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin',
        CNI_COMMAND: command,
        CNI_CONTAINERID: pod.sandboxId,
        CNI_NETNS: netns,
        CNI_IFNAME: podInterface,
        CNI_PATH: this.#options.binDirs.join(':'),
        CNI_ARGS: Object.entries(args)
          .map(([key, value]) => `${key}=${value}`)
          .join(';'),
      },
    })
    if (code === 0) return stdout
    throw new Error(`plugin type="${plugin.type}" failed (${command.toLowerCase()}): ${pluginMessage(stdout, stderr)}`)
  }
}

function pluginMessage(stdout: string, stderr: string): string {
  try {
    const { msg, details } = JSON.parse(stdout) as { msg: string; details?: string }
    return details ? `${msg}; ${details}` : msg
  } catch {
    return stderr.trim() || stdout.trim() || 'no message'
  }
}

/** `portmap` and `bandwidth` cost a process (78 and 5 ms) even when there is nothing for them to do: then they are left out. */
function pluginsFor(network: NetworkConfiguration, wishes: NetworkWishes): PluginConfiguration[] {
  return network.plugins.filter(plugin => {
    if (plugin.type === 'portmap') return wishes.portMappings.length > 0
    if (plugin.type === 'bandwidth')
      return wishes.bandwidth !== undefined || 'ingressRate' in plugin || 'egressRate' in plugin
    return true
  })
}

function runtimeConfigFor(capabilities: Readonly<Record<string, boolean>>, wishes: NetworkWishes): object {
  const { ingressRate, egressRate } = wishes.bandwidth ?? {}
  const burst = 0x7fffffff // upstream gives the plugin's largest, so that only the rate limits
  return {
    ...(capabilities.portMappings && wishes.portMappings.length > 0 ? { portMappings: wishes.portMappings } : {}),
    ...(capabilities.bandwidth && wishes.bandwidth
      ? {
          bandwidth: {
            ...(ingressRate ? { ingressRate, ingressBurst: burst } : {}),
            ...(egressRate ? { egressRate, egressBurst: burst } : {}),
          },
        }
      : {}),
  }
}

/** The pod's addresses without their prefix lengths, the first one first. */
export function addressesOf(result: CniResult): string[] {
  return (result.ips ?? []).map(ip => ip.address.split('/')[0] ?? '')
}
