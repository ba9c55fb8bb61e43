import type { CustomResourceDefinition, ResourceEntry, Steps } from '@kubets/api-types'
import { prefixEnd } from '@kubets/storage'
import { inTurns } from '../../outer/in-turns.ts'
import { cachedObject } from '../../resources/cached-object.ts'
import type { Rest } from '../../resources/rest.ts'
import type { Keeper } from '../keeper.ts'
import { writeStatus } from '../write-status.ts'
import { establish, type Look, tellApproval, tellStructure } from './conditions.ts'
import { acceptNames, type Claims, claimsOf, takenNames } from './names.ts'

/** Gives definitions their names and conditions, one write for each as upstream's controllers do. */
export function definitionStatusKeeper(rest: Rest, entry: ResourceEntry): Keeper {
  /** What each definition was given: with what this loop wrote last, which the cache may not have heard of yet. */
  const claims = new Map<string, Claims>()
  let loaded: Promise<void> | undefined
  const naming: Look = (definition, now) =>
    acceptNames(definition, takenNames(claims.values(), definition.spec?.group ?? ''), now)
  const othersOfGroup = (name: string): string[] => {
    const group = name.slice(name.indexOf('.') + 1)
    return [...claims].filter(([other, claim]) => other !== name && claim.group === group).map(([other]) => other)
  }
  return {
    name: 'custom-resource-definitions',
    follows: [{ kind: entry, keys: ({ name }) => [name] }],
    async reconcile(name, { add }) {
      loaded ??= inTurns(load(rest, entry, claims))
      await loaded
      let definition = cachedObject(rest, entry, '', name) as CustomResourceDefinition | undefined
      if (definition === undefined) {
        // its names are free
        for (const other of othersOfGroup(name)) add(other)
        claims.delete(name)
        return undefined
      }
      claims.set(name, claimsOf(definition))
      for (const look of [tellApproval, naming, tellStructure, establish]) {
        if (look(definition, rest.clock.now()) === undefined) continue
        await writeStatus<CustomResourceDefinition>(rest, entry, name, current => {
          const status = look(current, rest.clock.now())
          // what comes next builds on it: the cache may hear of it later
          definition = status === undefined ? current : { ...current, status }
          claims.set(name, claimsOf(definition))
          return status
        })
        // what it gave up may be what another waits for
        if (look === naming) for (const other of othersOfGroup(name)) add(other)
      }
      return undefined
    },
  }
}

function* load(rest: Rest, entry: ResourceEntry, claims: Map<string, Claims>): Steps<void> {
  const { storagePrefix } = entry
  for (const { bytes } of rest.cache.snapshot().range(storagePrefix, prefixEnd(storagePrefix))) {
    yield
    const definition = rest.codec.decode(entry, bytes) as CustomResourceDefinition
    claims.set(definition.metadata?.name ?? '', claimsOf(definition))
  }
}
