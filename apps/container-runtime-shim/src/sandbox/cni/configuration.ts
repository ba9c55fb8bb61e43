import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findTool } from '../../system/tools.ts'

/** One plugin's part of a network: its own keys, whatever they are, and the capabilities it asks to be told of. */
export interface PluginConfiguration {
  type: string
  capabilities?: Readonly<Record<string, boolean>>
  [key: string]: unknown
}

/** A network configuration list (CNI specification, section 1). */
export interface NetworkConfiguration {
  cniVersion: string
  name: string
  plugins: readonly PluginConfiguration[]
}

/**
 * The network of this node: the first file of the folder, by name, that is a network configuration (`.conflist`, or `.conf`
 * and `.json` with a single plugin). Read again at each use, so a file that is put there or changed counts at once.
 * Throws with what the kubelet shows as the reason of `NetworkReady: false`.
 */
export function loadNetwork(confDir: string, binDirs: readonly string[]): NetworkConfiguration {
  const problems: string[] = []
  for (const name of listFiles(confDir)) {
    try {
      const network = parseNetwork(readFileSync(join(confDir, name), 'utf8'))
      for (const plugin of network.plugins) pluginPath(plugin.type, binDirs)
      return network
    } catch (error) {
      problems.push(`${name}: ${error instanceof Error ? error.message : error}`)
    }
  }
  if (problems.length > 0) throw new Error(`cni config load failed: ${problems.join('; ')}`)
  throw new Error(`cni config load failed: no network config found in ${confDir}: cni plugin not initialized`)
}

/** Throws unless the text is a network configuration. */
export function parseNetwork(text: string): NetworkConfiguration {
  const json = JSON.parse(text) as Record<string, unknown>
  const { name, cniVersion = '0.2.0' } = json
  if (typeof name !== 'string' || name === '') throw new Error('it has no name')
  const plugins = Array.isArray(json.plugins) ? (json.plugins as PluginConfiguration[]) : [json as PluginConfiguration]
  for (const plugin of plugins) if (typeof plugin.type !== 'string') throw new Error('a plugin has no type')
  if (plugins.length === 0) throw new Error('it has no plugins')
  return { name, cniVersion: String(cniVersion), plugins }
}

/** Throws when no folder holds the plugin. */
export function pluginPath(type: string, binDirs: readonly string[]): string {
  const found = type.includes('/') ? undefined : binDirs.map(dir => findTool(join(dir, type))).find(path => path)
  if (!found)
    throw new Error(
      `failed to find plugin "${type}" in path [${binDirs.join(' ')}] (Debian package containernetworking-plugins)`,
    )
  return found
}

function listFiles(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter(name => /\.(conflist|conf|json)$/.test(name))
      .sort()
  } catch {
    return []
  }
}
