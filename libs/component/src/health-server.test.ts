import { expect, test } from 'vitest'
import { serveHealth } from './health-server.ts'

test('health paths say ok, list their checks when asked, and fail with the name of what failed', async () => {
  let broken = false
  const check = () => {
    if (broken) throw new Error('secret detail')
  }
  await using server = await serveHealth({ host: '127.0.0.1', port: 0, checks: [{ name: 'informer-sync', check }] })
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`)
    return { status: response.status, text: await response.text() }
  }
  expect(await get('/healthz')).toEqual({ status: 200, text: 'ok' })
  expect(await get('/readyz?verbose')).toEqual({
    status: 200,
    text: '[+]ping ok\n[+]informer-sync ok\nreadyz check passed\n',
  })
  broken = true
  const failed = await get('/livez')
  expect(failed.status).toBe(500)
  expect(failed.text).toBe('[+]ping ok\n[-]informer-sync failed: reason withheld\nlivez check failed\n')
  expect((await get('/nothing')).status).toBe(404)
})
