import { execOverSpdy, execOverWebSocket, type RemoteCommand } from '../index.ts'
import type { StreamPath } from './stream-path.ts'

export type OpenCommand = (options: ReturnType<StreamPath['execTarget']>) => Promise<RemoteCommand>

const spdy =
  (protocol: string): OpenCommand =>
  options =>
    execOverSpdy({ ...options, protocols: [protocol] })
export const webSocket =
  (...protocols: string[]): OpenCommand =>
  options =>
    execOverWebSocket({ ...options, protocols })

/** Every protocol in which a client may run a command. */
export const commandProtocols: [string, OpenCommand][] = [
  ['SPDY v4', spdy('v4.channel.k8s.io')],
  ['SPDY v3', spdy('v3.channel.k8s.io')],
  ['SPDY v2', spdy('v2.channel.k8s.io')],
  ['SPDY v1', spdy('channel.k8s.io')],
  ['WebSocket v5', webSocket('v5.channel.k8s.io')],
  ['WebSocket v4', webSocket('v4.channel.k8s.io')],
  ['WebSocket v1', webSocket('channel.k8s.io')],
  ['WebSocket v4 base64', webSocket('v4.base64.channel.k8s.io')],
  ['WebSocket v1 base64', webSocket('base64.channel.k8s.io')],
]
