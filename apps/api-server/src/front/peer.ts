import type { Socket } from 'node:net'

/** Who is at the other end of a connection: the same before and after its handshake. */
export type Peer = Pick<Socket, 'remoteAddress' | 'remotePort'>

/** Of a connection, as long as it is open. */
export const nameOf = ({ remoteAddress, remotePort }: Peer): string => `${remoteAddress} ${remotePort}`
