import { connect } from 'node:net'
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

test('takes no more of a stranger than it must', async () => {
  await using server = await serveHealth({ host: '127.0.0.1', port: 0, checks: [] })
  const answers = async (text: string) => {
    const socket = connect(server.port, '127.0.0.1')
    socket.end(text)
    let all = ''
    for await (const chunk of socket) all += chunk
    return all.split('\r\n', 1)[0]
  }
  const get = (more: string, method = 'GET', path = '/healthz') =>
    answers(`${method} ${path} HTTP/1.1\r\nhost: a\r\n${more}\r\n`)
  expect(await get('')).toBe('HTTP/1.1 200 OK')
  expect(await get(`x: ${'a'.repeat(20_000)}\r\n`)).toBe('HTTP/1.1 431 Request Header Fields Too Large')
  expect(await get('', 'GET', `/${'a'.repeat(20_000)}`)).toBe('HTTP/1.1 431 Request Header Fields Too Large')
  expect(await get('', 'GET', '//')).toBe('HTTP/1.1 400 Bad Request')
  expect(await get('content-length: 5\r\ncontent-length: 6\r\n')).toBe('HTTP/1.1 400 Bad Request')
  expect(await get('', 'DELETE')).toBe('HTTP/1.1 405 Method Not Allowed')
})
