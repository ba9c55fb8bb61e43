import { describe, expect, it } from 'vitest'
import { isPretty } from './is-pretty.ts'

const json = { encoding: 'json', pretty: false } as const
const asked = (query: string, userAgent?: string, form: Parameters<typeof isPretty>[1] = json) =>
  isPretty(
    { exchange: { target: `/api${query}`, headers: userAgent === undefined ? {} : { 'user-agent': userAgent } } },
    form,
  )

describe('JSON is printed for people', () => {
  it.each(['1', 't', 'T', 'true', 'True', 'TRUE', '%31', '1&pretty=0'])('with ?pretty=%s', word => {
    expect(asked(`?pretty=${word}`)).toBe(true)
    expect(asked(`?a=b&pretty=${word}`, 'kubectl/v1.36.1')).toBe(true)
  })

  it.each(['0', 'f', 'false', 'tRUE', 'x', '+1', '0&pretty=1', '%ff'])('not with ?pretty=%s, whoever asks', word => {
    expect(asked(`?pretty=${word}`)).toBe(false)
    expect(asked(`?pretty=${word}`, 'curl/8.5.0')).toBe(false)
  })

  // what Go's parser drops, or finds empty, was not said
  it.each([
    '?pretty',
    '?pretty=',
    '?pretty=&pretty=1',
    '?pretty=1;x',
    '?pretty=%zz',
    '?Pretty=0',
    '?x=pretty',
    '?%zz=pretty',
  ])('as who asks wants it, with %s', query => {
    expect(asked(query)).toBe(false)
    expect(asked(query, 'curl/8.5.0')).toBe(true)
  })

  it('only where the query says pretty in plain letters', () => {
    expect(asked('?%70retty=1')).toBe(false)
    expect(asked('?%70retty=1&x=pretty')).toBe(true)
  })

  it.each(['curl', 'curl/8.5.0', 'curly', 'Wget/1.21', 'Mozilla/5.0 (X11; Linux x86_64)'])('for %s', userAgent => {
    expect(asked('', userAgent)).toBe(true)
  })

  it.each(['', 'Curl/8', 'libcurl/8', 'wget/1.21', 'Mozilla/4.0', 'Mozilla', 'kubectl/v1.36.1', 'cur', 'W'])(
    'not for %s',
    userAgent => {
      expect(asked('', userAgent)).toBe(false)
    },
  )

  it('not without a user agent', () => {
    expect(asked('')).toBe(false)
  })

  it('where it is accepted so, whatever the query says', () => {
    expect(asked('?pretty=0', undefined, { encoding: 'json', pretty: true })).toBe(true)
  })

  it('and no other form is', () => {
    for (const encoding of ['yaml', 'protobuf'] as const)
      expect(asked('?pretty=1', 'curl/8.5.0', { encoding, pretty: true })).toBe(false)
  })
})
