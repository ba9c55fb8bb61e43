import type { Socket } from 'node:net'

/** Who is at the other end of a connection, and by which of our addresses: the same before and after its handshake. */
export type Peer = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress'>

/** Of a connection, as long as it is open: a client may connect to two of our addresses from one port. */
export const nameOf = ({ remoteAddress, remotePort, localAddress }: Peer): string =>
  `${remoteAddress} ${remotePort} ${localAddress}`
