import { once } from 'node:events'
import { WebSocket } from 'ws'

export interface Inspector extends Disposable {
  call(method: string, params?: object): Promise<unknown>
}

/** Speaks to a server's inspector, `ws://…`. */
export async function inspect(address: string): Promise<Inspector> {
  const socket = new WebSocket(address, { maxPayload: 512 * 1024 * 1024 })
  await once(socket, 'open')
  let id = 0
  const waiting = new Map<number, (result: unknown) => void>()
  socket.on('message', data => {
    const { id: answered, result } = JSON.parse(String(data)) as { id?: number; result: unknown }
    if (answered !== undefined) waiting.get(answered)?.(result)
  })
  return {
    call: (method, params = {}) =>
      new Promise(resolve => {
        waiting.set(++id, resolve)
        socket.send(JSON.stringify({ id, method, params }))
      }),
    [Symbol.dispose]: () => socket.terminate(),
  }
}

export async function collectGarbage(address: string): Promise<void> {
  using inspector = await inspect(address)
  await inspector.call('HeapProfiler.collectGarbage')
}
