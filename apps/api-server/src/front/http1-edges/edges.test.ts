import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../../testing/api-server.ts'
import type { Edge } from './edge.ts'
import { exchange } from './exchange.ts'
import { faults } from './judge.ts'
import { tables } from './tables.ts'

/** A server that says nothing for so long, in ms, will say nothing. */
const patience = 10_000

let api: TestApiServer

beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

async function judged(edge: Edge, bytewise: boolean): Promise<string[]> {
  const { port, ca } = api.connection
  const client = edge.stranger === true ? {} : api.admin
  return [...faults(edge, await exchange({ host: '127.0.0.1', port, ca, ...client }, edge, { bytewise, patience }))]
}

const length = ({ steps }: Edge): number =>
  steps.reduce((sum, step) => sum + (typeof step === 'string' ? step.length : 0), 0)

describe.each(Object.entries(tables))('%s', (_, rows) => {
  it.concurrent.each(rows.map(row => [row.name, row] as const))('%s', async (_, row) => {
    expect(await judged(row, false)).toEqual([])
  })
})

/** Wherever it is cut into packets. */
describe.each(Object.entries(tables))('a byte a packet: %s', (_, rows) => {
  const short = rows.filter(row => length(row) < 1_000)
  it.concurrent.each(short.map(row => [row.name, row] as const))('%s', async (_, row) => {
    expect(await judged(row, true)).toEqual([])
  })
})

it('no two rows of a table have one name', () => {
  for (const [table, rows] of Object.entries(tables))
    expect(new Set(rows.map(row => row.name)).size, table).toBe(rows.length)
})
