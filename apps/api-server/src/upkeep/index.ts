import type { ResourceEntry } from '@kubets/api-types'
import type { Rest } from '../resources/rest.ts'
import { checkDiscovery } from './api-services/discovery-check.ts'
import { apiServiceKeeper } from './api-services/index.ts'
import { definitionCleanupKeeper } from './definitions/cleanup-keeper.ts'
import { definitionStatusKeeper } from './definitions/status-keeper.ts'
import { flowSchemaKeeper } from './flow-schemas.ts'
import type { Keeper } from './keeper.ts'
import { startKeepers } from './start-keepers.ts'

export interface UpkeepOptions {
  /** How we show ourselves to aggregated API servers, PEM. */
  readonly proxyClient?: { readonly cert: string; readonly key: string } | undefined
}

type MakeKeeper = (rest: Rest, entry: ResourceEntry, options: UpkeepOptions) => Keeper

/** What upstream's api-server keeps true besides answering: conditions of its own kinds, and what goes with a definition. */
const keepers: readonly [group: string, resource: string, keeper: MakeKeeper][] = [
  ['flowcontrol.apiserver.k8s.io', 'flowschemas', flowSchemaKeeper],
  [
    'apiregistration.k8s.io',
    'apiservices',
    (rest, entry, { proxyClient }) =>
      apiServiceKeeper(rest, entry, question => checkDiscovery({ ...question, proxyClient })),
  ],
  ['apiextensions.k8s.io', 'customresourcedefinitions', definitionStatusKeeper],
  ['apiextensions.k8s.io', 'customresourcedefinitions', definitionCleanupKeeper],
]

/** Starts the upkeep of the kinds that the catalogue has. */
export function startUpkeep(rest: Rest, options: UpkeepOptions): AsyncDisposable {
  return startKeepers(
    rest,
    keepers.flatMap(([group, resource, keeper]) => {
      const entry = rest.catalogue.byResource(group, 'v1', resource)
      return entry === undefined ? [] : [keeper(rest, entry, options)]
    }),
  )
}
