import type { RootDatabase } from 'lmdb'
import { tableOptions } from '../database.ts'
import { type RawTable, tableNames } from './write-batch.ts'

/** The tables of an open database for {@link applyBatch}, in its order. */
export function rawTables(root: RootDatabase): RawTable[] {
  return tableNames.map(
    name =>
      root.openDB({
        name,
        encoding: 'binary',
        keyEncoding: 'binary',
        ...tableOptions(name),
      } as never) as unknown as RawTable,
  )
}
