import { age, ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import type { ControllerRevision } from '../../types.ts'
import { strategy } from './strategy.ts'

/** `deployment.apps/web`, or `<none>`. */
function controller({ metadata }: ControllerRevision): string {
  const owner = metadata?.ownerReferences?.find(reference => reference.controller === true)
  if (owner === undefined) return '<none>'
  const group = owner.apiVersion.includes('/') ? owner.apiVersion.slice(0, owner.apiVersion.indexOf('/')) : ''
  return `${(group === '' ? owner.kind : `${owner.kind}.${group}`).toLowerCase()}/${owner.name}`
}

export const controllerRevision = defineKind<ControllerRevision>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  resource: 'controllerrevisions',
  strategy,
  columns: [
    nameColumn,
    column('Controller', 'The owner that manages the object.'),
    column('Revision', 'Number of the state: later ones are higher.'),
    ageColumn,
  ],
  cells: (object, now) => [object.metadata?.name ?? '', controller(object), object.revision ?? 0, age(object, now)],
})
