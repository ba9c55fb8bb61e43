import type { StreamingServer } from '@kubets/streaming'

/** What the methods of the runtime service need of the streaming server. */
export type StreamUrls = Pick<StreamingServer, 'exec' | 'attach' | 'portForward'>
