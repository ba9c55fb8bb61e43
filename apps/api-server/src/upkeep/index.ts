import type { ResourceEntry } from '@kubets/api-types'
import type { Rest } from '../resources/rest.ts'
import { apiServiceKeeper } from './api-services/index.ts'
import { definitionCleanupKeeper } from './definitions/cleanup-keeper.ts'
import { definitionStatusKeeper } from './definitions/status-keeper.ts'
import { flowSchemaKeeper } from './flow-schemas.ts'
import type { Keeper } from './keeper.ts'
import { startKeepers } from './start-keepers.ts'

/** What upstream's api-server keeps true besides answering: conditions of its own kinds, and what goes with a definition. */
const keepers: readonly [group: string, resource: string, keeper: (rest: Rest, entry: ResourceEntry) => Keeper][] = [
  ['flowcontrol.apiserver.k8s.io', 'flowschemas', flowSchemaKeeper],
  ['apiregistration.k8s.io', 'apiservices', (rest, entry) => apiServiceKeeper(rest, entry)],
  ['apiextensions.k8s.io', 'customresourcedefinitions', definitionStatusKeeper],
  ['apiextensions.k8s.io', 'customresourcedefinitions', definitionCleanupKeeper],
]

/** Starts the upkeep of the kinds that the catalogue has. */
export function startUpkeep(rest: Rest): AsyncDisposable {
  return startKeepers(
    rest,
    keepers.flatMap(([group, resource, keeper]) => {
      const entry = rest.catalogue.byResource(group, 'v1', resource)
      return entry === undefined ? [] : [keeper(rest, entry)]
    }),
  )
}
