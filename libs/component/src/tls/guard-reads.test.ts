import type { TLSSocket } from 'node:tls'
import { expect, it } from 'vitest'
import { guardReads } from './guard-reads.ts'

it('what comes for a connection that was ended is dropped, all else is read', () => {
  const read: unknown[] = []
  const handle = {
    onread(this: unknown, data: unknown) {
      expect(this).toBe(handle)
      read.push(data)
      return 'more'
    },
  }
  const socket = { destroyed: false, _handle: handle }
  guardReads(socket as unknown as TLSSocket)
  expect(handle.onread('a')).toBe('more')
  socket.destroyed = true
  expect(handle.onread('b')).toBeUndefined()
  expect(read).toEqual(['a'])
  // one that is closed already
  guardReads({ destroyed: true, _handle: null } as unknown as TLSSocket)
})
