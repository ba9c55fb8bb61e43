import type { ClusterConfig, ClusterDirectory } from '../cluster-directory/index.ts'
import { planNetwork, systemRunDirectory } from '../network/index.ts'
import type { ClusterLayout } from './service-specs.ts'

/** All that follows from a directory and its configuration. */
export function clusterLayout(directory: ClusterDirectory, config: ClusterConfig): ClusterLayout {
  const plan = planNetwork({
    id: config.id,
    ranges: config.ranges,
    directory: directory.path,
    nodes: config.nodes,
    runDirectory: config.runDirectory ?? `${systemRunDirectory}/${config.id}`,
  })
  return { directory, config, plan }
}
