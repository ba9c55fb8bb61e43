import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { openWatch } from '../testing/watch-reader.ts'

let api: TestApiServer
const path = '/api/v1/namespaces/default/configmaps'
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

const create = (name: string, labels: Record<string, string> = {}) =>
  api.h2.request('POST', path, { body: { metadata: { name, labels } } })
const label = (name: string, labels: Record<string, string>) =>
  api.h2.request('PUT', `${path}/${name}`, { body: { metadata: { name, labels } } })
const remove = (name: string) => api.h2.request('DELETE', `${path}/${name}`)

describe.each(['h1', 'h2'] as const)('a watch over %s', which => {
  it('tells of every change, in order, with the revision of the change', async () => {
    const { json } = await api.h2.request('GET', path)
    const watch = await openWatch(api[which], `${path}?watch=1&resourceVersion=${json.metadata.resourceVersion}`)
    await create(`a-${which}`)
    await label(`a-${which}`, { x: 'y' })
    await remove(`a-${which}`)
    const events = await watch.until(e => e.type === 'DELETED')
    expect(events.map(e => [e.type, e.object.kind, e.object.metadata.name])).toEqual([
      ['ADDED', 'ConfigMap', `a-${which}`],
      ['MODIFIED', 'ConfigMap', `a-${which}`],
      ['DELETED', 'ConfigMap', `a-${which}`],
    ])
    const revisions = events.map(e => Number(e.object.metadata.resourceVersion))
    expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b))
    watch.close()
  })

  it('begins with what is there, closed by a marked bookmark', async () => {
    await create(`init-${which}`)
    const watch = await openWatch(
      api[which],
      `${path}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    )
    const events = await watch.until(e => e.type === 'BOOKMARK')
    expect(events.slice(0, -1).map(e => e.type)).toEqual(events.slice(0, -1).map(() => 'ADDED'))
    expect(events.at(-1)?.object.metadata.annotations['k8s.io/initial-events-end']).toBe('true')
    await remove(`init-${which}`)
    expect((await watch.next())?.type).toBe('DELETED')
    watch.close()
  })

  it('with a selector tells of objects that begin and stop to match', async () => {
    const name = `moving-${which}`
    await create(name)
    const watch = await openWatch(api[which], `${path}?watch=1&labelSelector=team%3Dred`)
    await label(name, { team: 'red' })
    await label(name, { team: 'red', more: 'x' })
    await label(name, { team: 'blue' })
    await remove(name)
    await create(`${name}-end`, { team: 'red' })
    const events = await watch.until(e => e.object.metadata.name === `${name}-end`)
    expect(events.map(e => [e.type, e.object.metadata.labels.team])).toEqual([
      ['ADDED', 'red'],
      ['MODIFIED', 'red'],
      ['DELETED', 'red'],
      ['ADDED', 'red'],
    ])
    await remove(`${name}-end`)
    watch.close()
  })

  it('ends after timeoutSeconds, with a last bookmark', async () => {
    const watch = await openWatch(
      api[which],
      `${path}?watch=1&timeoutSeconds=1&allowWatchBookmarks=true&resourceVersion=0`,
    )
    const types: string[] = []
    for (let event = await watch.next(); event !== undefined; event = await watch.next()) types.push(event.type)
    expect(types.at(-1)).toBe('BOOKMARK')
  })

  it('of one name sees only that', async () => {
    const watch = await openWatch(api[which], `${path}?watch=1&fieldSelector=metadata.name%3Donly-${which}`)
    await create(`other-${which}`)
    await create(`only-${which}`)
    expect((await watch.next())?.object.metadata.name).toBe(`only-${which}`)
    await remove(`other-${which}`)
    await remove(`only-${which}`)
    watch.close()
  })
})

describe('a watch', () => {
  it('is told rows of a Table, the columns once', async () => {
    await create('table')
    const watch = await openWatch(api.h2, `${path}?watch=1&fieldSelector=metadata.name%3Dtable`, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    })
    const first = await watch.next()
    expect([first?.type, first?.object.kind, first?.object.rows[0].cells[0]]).toEqual(['ADDED', 'Table', 'table'])
    expect(first?.object.columnDefinitions[0].name).toBe('Name')
    await label('table', { x: 'y' })
    const second = await watch.next()
    expect([second?.type, second?.object.columnDefinitions]).toEqual(['MODIFIED', null])
    watch.close()
  })

  it.each([
    ['resourceVersionMatch=Exact', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'],
    ['sendInitialEvents=true', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'],
  ])('with %s is refused', async (query, message) => {
    const reply = await api.h1.request('GET', `${path}?watch=1&${query}`)
    expect(reply.status).toBe(422)
    expect(reply.json.message).toContain(message)
  })

  it('shares a connection with three hundred others', async () => {
    const watches = await Promise.all(
      Array.from({ length: 300 }, () =>
        openWatch(api.h2, `${path}?watch=1&resourceVersion=0&labelSelector=many%3Dyes`),
      ),
    )
    await create('many', { many: 'yes' })
    const events = await Promise.all(watches.map(w => w.next()))
    expect(new Set(events.map(e => e?.object.metadata.name))).toEqual(new Set(['many']))
    for (const watch of watches) watch.close()
  })
})
