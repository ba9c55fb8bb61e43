import type { RootDatabase } from 'lmdb'
import { compressionThreshold, tableOptions } from '../database.ts'
import { dictionary } from '../dictionary.ts'
import { Lz4Packer } from './lz4.ts'
import { type RawTable, type TableName, tableNames } from './write-batch.ts'

/** The tables of an open database for {@link applyBatch}, in its order. */
export function rawTables(root: RootDatabase): RawTable[] {
  return tableNames.map(name => openRaw(root, name, tableOptions(name)))
}

/** The same for who has nobody to pack values for him: he does it himself, and in the same form. */
export function packingTables(root: RootDatabase): RawTable[] {
  const tables = rawTables(root)
  const at = tableNames.indexOf('values')
  tables[at] = new PackingTable(tables[at] as RawTable, openRaw(root, 'values', {}))
  return tables
}

class PackingTable implements RawTable {
  readonly #lmdb: RawTable
  readonly #asGiven: RawTable
  readonly #packer = new Lz4Packer(dictionary)

  constructor(lmdb: RawTable, asGiven: RawTable) {
    this.#lmdb = lmdb
    this.#asGiven = asGiven
  }

  put(key: Buffer, value: Buffer): unknown {
    // lmdb copies what it is given before it returns, in a transaction that is not put off
    if (value.length >= compressionThreshold && value.length <= this.#packer.longest)
      return this.#asGiven.put(key, this.#packer.pack(value))
    return this.#lmdb.put(key, value)
  }

  remove(key: Buffer): unknown {
    return this.#asGiven.remove(key)
  }
}

function openRaw(root: RootDatabase, name: TableName, options: object): RawTable {
  return root.openDB({ name, encoding: 'binary', keyEncoding: 'binary', ...options } as never) as unknown as RawTable
}
