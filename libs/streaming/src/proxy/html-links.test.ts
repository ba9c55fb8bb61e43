import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { HtmlLinks } from './html-links.ts'
import { proxiedLink } from './links.ts'
import { throughProxy } from './pages.ts'

const at = { prefix: '/api/v1/pods/a/proxy', host: '10.0.0.1:80', requestHost: 'api.example:6443' }
const rewritten = (page: string, chunk = page.length) => {
  const parts = Array.from({ length: Math.ceil(page.length / chunk) }, (_, i) => page.slice(i * chunk, (i + 1) * chunk))
  return text(Readable.from(parts.map(part => Buffer.from(part))).pipe(new HtmlLinks(at)))
}

describe('a link of a proxied page', () => {
  it.each([
    ['/x?y=/z#k', '/api/v1/pods/a/proxy/x?y=/z#k'],
    ['/', '/api/v1/pods/a/proxy/'],
    ['http://10.0.0.1:80/x', '/api/v1/pods/a/proxy/x'],
    ['https://api.example:6443/x', 'https://api.example:6443/api/v1/pods/a/proxy/x'],
    ['//10.0.0.1:80/x', '/api/v1/pods/a/proxy/x'],
    ['/api/v1/pods/a/proxy/x', '/api/v1/pods/a/proxy/x'],
    ['x/y', 'x/y'],
    ['#top', '#top'],
    ['http://example.org/x', 'http://example.org/x'],
    ['//example.org/x', '//example.org/x'],
    ['http://10.0.0.1:80', 'http://10.0.0.1:80'],
    ['data:text/plain,/x', 'data:text/plain,/x'],
    ['javascript:go("/x")', 'javascript:go("/x")'],
  ])('%s', (link, expected) => {
    expect(proxiedLink(link, at)).toBe(expected)
  })
})

describe('a proxied page', () => {
  const through = '/api/v1/pods/a/proxy/x'
  it.each([
    ['<a href="/x">test</a>', `<a href="${through}">test</a>`],
    ['<A id=a HREF=\'/x\' title="/x">/x</A>', `<A id=a HREF='${through}' title="/x">/x</A>`],
    ['<img alt src=/x longdesc = "/x" />', `<img alt src=${through} longdesc = "${through}" />`],
    ['<base href="/x"><p href="/x">', `<base href="${through}"><p href="/x">`],
    ['<a title="a > b" href="/x">', `<a title="a > b" href="${through}">`],
    ['<!-- <a href="/x"> --><a href="/x">', `<!-- <a href="/x"> --><a href="${through}">`],
    [
      '<script src="/x">if (a<b) "<a href=\\"/x\\">"</script><a href="/x">',
      `<script src="${through}">if (a<b) "<a href=\\"/x\\">"</script><a href="${through}">`,
    ],
    ['a < b <a href="/x"', 'a < b <a href="/x"'],
    ['größer <a href="/x">ü</a>', `größer <a href="${through}">ü</a>`],
  ])('%s', async (page, expected) => {
    for (const chunk of [page.length, 7, 1]) expect(await rewritten(page, chunk)).toBe(expected)
  })

  it('takes time in proportion to its length, whatever stands in it, and keeps its bytes', async () => {
    const pages = ['<a '.repeat(700_000), '<!--<'.repeat(400_000), `<a ${'x'.repeat(2_000_000)}`, '<'.repeat(2_000_000)]
    for (const page of pages) expect((await rewritten(page, 16_384)) === page).toBe(true)
  })
})

describe('an answer through the proxy', () => {
  const page = '<a href="/x">'
  const body = async (headers: Record<string, string>, bytes: Buffer) => {
    const { headers: told, changes } = throughProxy(headers, at)
    const end = changes.reduce<NodeJS.ReadableStream>((from, to) => from.pipe(to), Readable.from([bytes]))
    const chunks: Buffer[] = []
    for await (const chunk of end) chunks.push(chunk as Buffer)
    return { told, bytes: Buffer.concat(chunks) }
  }

  it('is rewritten where it is a page, packed or not, and its length is not told', async () => {
    const plain = await body({ 'content-type': 'text/html; charset=utf-8', 'content-length': '13' }, Buffer.from(page))
    expect([plain.told, plain.bytes.toString()]).toEqual([
      { 'content-type': 'text/html; charset=utf-8' },
      '<a href="/api/v1/pods/a/proxy/x">',
    ])
    const packed = await body({ 'content-type': 'text/html', 'content-encoding': 'gzip' }, gzipSync(page))
    expect(gunzipSync(packed.bytes).toString()).toBe('<a href="/api/v1/pods/a/proxy/x">')
  })

  it.each([
    { 'content-type': 'text/plain', 'content-length': '13' },
    { 'content-type': 'text/html', 'content-encoding': 'br', 'content-length': '13' },
  ])('stays as it is: %o', async headers => {
    expect(await body(headers, Buffer.from(page))).toEqual({ told: headers, bytes: Buffer.from(page) })
  })

  it('redirects through the proxy, and lets no other origin read it', () => {
    const headers = { location: '/x', 'access-control-allow-origin': '*', 'x-a': 'b' }
    expect(throughProxy(headers, at)).toEqual({ headers: { location: `${at.prefix}/x`, 'x-a': 'b' }, changes: [] })
    expect(throughProxy(headers, undefined)).toEqual({ headers, changes: [] })
  })
})
