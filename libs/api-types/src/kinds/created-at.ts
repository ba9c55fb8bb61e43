import type { KubeObject } from '../wire.ts'
import { column, nameColumn } from './define-kind.ts'

/** The columns of kinds that upstream has no printer for. */
export const createdAtColumns = [nameColumn, column('Created At', 'Time of the creation.', { type: 'date' })]

export const createdAtCells = ({ metadata }: KubeObject) => [
  metadata?.name ?? '',
  String(metadata?.creationTimestamp ?? ''),
]
