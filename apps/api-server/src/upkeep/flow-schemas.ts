import type { FlowSchema, ResourceEntry } from '@kubets/api-types'
import { formatTime } from '@kubets/apimachinery'
import { cachedObject } from '../resources/cached-object.ts'
import { applyStatus, flowControlConditions } from '../resources/own-managers.ts'
import { changeOwn, ownEntry } from '../resources/own-writes.ts'
import type { Rest } from '../resources/rest.ts'
import { conditionOf, type Said, saysSame } from './conditions.ts'
import type { Keeper } from './keeper.ts'

/** Whether the level of a FlowSchema is there: what `MissingPL` of kubectl shows. */
export function dangling({ spec }: FlowSchema, found: boolean): Said {
  const level = spec?.priorityLevelConfiguration?.name ?? ''
  const text = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`
  return {
    type: 'Dangling',
    status: found ? 'False' : 'True',
    reason: found ? 'Found' : 'NotFound',
    message: `${text} ${found ? 'and it exists' : 'but there is no such object'}`,
  }
}

/** Keeps `Dangling` of FlowSchemas. */
export function flowSchemaKeeper(rest: Rest, entry: ResourceEntry): Keeper {
  const levels = ownEntry(rest, entry.group, 'prioritylevelconfigurations')
  const names = new Set<string>()
  return {
    name: 'flow-schemas',
    follows: [
      { kind: entry, keys: ({ name }) => [name] },
      // which of them refer to it stands in them
      { kind: levels, keys: ({ type }) => (type === 'MODIFIED' ? [] : names) },
    ],
    async reconcile(name) {
      const found = cachedObject(rest, entry, '', name) as FlowSchema | undefined
      if (found === undefined) names.delete(name)
      else names.add(name)
      if (found === undefined || told(rest, levels, found) === undefined) return undefined
      await changeOwn(rest, entry, name, ({ object }) => {
        const said = told(rest, levels, object as FlowSchema)
        if (said === undefined) return undefined
        return applyStatus(rest, entry, object, flowControlConditions, {
          conditions: [{ ...said, lastTransitionTime: formatTime(rest.clock.now()) }],
        })
      })
      return undefined
    },
  }
}

/** What is to be said of a schema, if it is not said yet. */
function told(rest: Rest, levels: ResourceEntry, schema: FlowSchema): Said | undefined {
  const level = schema.spec?.priorityLevelConfiguration?.name ?? ''
  const said = dangling(schema, cachedObject(rest, levels, '', level) !== undefined)
  return saysSame(conditionOf(schema.status?.conditions, said.type), said) ? undefined : said
}
