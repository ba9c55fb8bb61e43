import type { SchedulerConfiguration } from './configuration/scheduler-configuration.ts'
import type { Plugin } from './framework/plugin.ts'
import { createPlugins } from './plugins/index.ts'
import { createAlgorithm } from './scheduling/algorithm.ts'
import type { Profile } from './scheduling/scheduling-loop.ts'

/** The rules of each schedulerName, as configured. */
export function createProfiles(
  configuration: Pick<SchedulerConfiguration, 'profiles' | 'percentageOfNodesToScore'>,
  random: () => number,
): ReadonlyMap<string, Profile> {
  return new Map(
    configuration.profiles.map(profile => {
      const off = (names: ReadonlySet<string>, plugin: Plugin) =>
        names.has(plugin.name) || (names.has('*') && !profile.enabled.has(plugin.name))
      const args = profile.nodeResourcesFit === undefined ? {} : { nodeResourcesFit: profile.nodeResourcesFit }
      const plugins = createPlugins(args)
        .filter(plugin => !off(profile.disabled, plugin))
        .map((plugin): Plugin => {
          const { filter, score, ...rest } = plugin
          const weight = profile.weights.get(plugin.name) ?? plugin.weight
          return {
            ...rest,
            ...(filter && !off(profile.disabledFilters, plugin) ? { filter } : {}),
            ...(score && !off(profile.disabledScores, plugin) ? { score } : {}),
            ...(weight === undefined ? {} : { weight }),
          }
        })
      return [
        profile.schedulerName,
        {
          schedulerName: profile.schedulerName,
          plugins,
          preempts: !profile.disabled.has('*') && !profile.disabled.has('DefaultPreemption'),
          algorithm: createAlgorithm({
            plugins,
            percentageOfNodesToScore: profile.percentageOfNodesToScore ?? configuration.percentageOfNodesToScore,
            random,
          }),
        },
      ]
    }),
  )
}
