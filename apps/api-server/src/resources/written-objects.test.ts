import type { ResourceEntry } from '@kubets/api-types'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WrittenObjects } from './written-objects.ts'

const entryOf = (storagePrefix: string) => ({ storagePrefix }) as ResourceEntry
const pods = entryOf('/registry/pods/')
const bytes = Buffer.from('{"kind":"Pod"}')

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function followed(): WrittenObjects {
  const written = new WrittenObjects()
  written.join(pods)
  return written
}

describe('an object that was just written', () => {
  it('is given to the first who asks with its bytes', () => {
    const written = followed()
    const object = { kind: 'Pod' }
    written.note(pods, 'a', bytes, object)
    expect(written.take('b', bytes)).toBeUndefined()
    expect(written.take('a', Buffer.from('{"kind":"Pod","x":1}'))).toBeUndefined()
    expect(written.take('a', Buffer.from(bytes))).toBe(object)
    expect(written.take('a', bytes)).toBeUndefined()
    expect(written.size).toBe(0)
  })

  it('is noted only of kinds that somebody follows', () => {
    const written = followed()
    written.join(pods)
    written.note(entryOf('/registry/secrets/'), 'a', bytes, {})
    expect(written.size).toBe(0)
    written.leave(pods)
    written.note(pods, 'a', bytes, {})
    expect(written.size).toBe(1)
    written.leave(pods)
    written.note(pods, 'b', bytes, {})
    expect(written.size).toBe(1)
  })

  it('is let go after a moment', () => {
    const written = followed()
    written.note(pods, 'a', bytes, {})
    vi.advanceTimersByTime(60)
    written.note(pods, 'b', bytes, {})
    vi.advanceTimersByTime(50)
    expect([written.take('a', bytes), written.take('b', bytes)]).toEqual([undefined, {}])
    written.note(pods, 'c', bytes, {})
    vi.advanceTimersByTime(500)
    expect(written.size).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is one of a few hundred', () => {
    const written = followed()
    for (let i = 0; i < 10_000; i++) written.note(pods, String(i), bytes, {})
    expect(written.size).toBeLessThanOrEqual(512)
    expect(written.take('9999', bytes)).toBeDefined()
  })
})
