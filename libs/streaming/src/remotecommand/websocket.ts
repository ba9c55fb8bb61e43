import type { AcceptedWebSocket } from '../websocket/accept.ts'
import { Channels } from '../websocket/channels.ts'
import type { CommandOptions, CommandStreams } from './command-streams.ts'
import { encodeStatus } from './status.ts'

/** `''`: the client named none. Upstream has no base64 form of v5, and none of v2 and v3. */
export const webSocketCommandProtocols = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'base64.channel.k8s.io',
  '',
] as const

export const commandChannel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const

export function acceptWebSocketCommand(accepted: AcceptedWebSocket, options: CommandOptions): CommandStreams {
  const { socket, protocol } = accepted
  const channels = new Channels({
    socket,
    codec: protocol.includes('base64') ? 'base64' : 'binary',
    closeSignal: protocol === 'v5.channel.k8s.io',
  })
  const stdin = options.stdin ? channels.reader(commandChannel.stdin) : undefined
  const stdout = options.stdout ? channels.writer(commandChannel.stdout) : undefined
  const stderr = options.stderr ? channels.writer(commandChannel.stderr) : undefined
  const resize = channels.reader(commandChannel.resize)
  // an empty message on the lowest channel tells the client that the command's streams stand
  const lowest = options.stdout ? commandChannel.stdout : options.stderr ? commandChannel.stderr : commandChannel.error
  channels.send(lowest, Buffer.alloc(0), () => undefined)
  return {
    ...(stdin && { stdin }),
    ...(stdout && { stdout }),
    ...(stderr && { stderr }),
    resize,
    closed: channels.closed,
    finish(status) {
      const json = protocol === 'v5.channel.k8s.io' || protocol.startsWith('v4.')
      const bytes = encodeStatus(status, json ? 'json' : 'text')
      if (bytes.length > 0) channels.send(commandChannel.error, bytes, () => undefined)
      socket.close(1000)
      socket.resume()
    },
    close: () => socket.terminate(),
  }
}
