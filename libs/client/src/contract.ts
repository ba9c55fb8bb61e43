import type { KubeObject } from '@kubets/api-types'

/** Names a resource as paths do: `{ group: '', version: 'v1', resource: 'pods', namespaced: true }`. */
export interface ResourceRef {
  readonly group: string
  readonly version: string
  /** Plural, lower case. */
  readonly resource: string
  readonly kind: string
  readonly namespaced: boolean
}

export interface ListOptions {
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
  limit?: number
  continue?: string
  resourceVersion?: string
  resourceVersionMatch?: 'Exact' | 'NotOlderThan'
  /** Asks for PartialObjectMetadata: objects without spec, status and data. */
  metadataOnly?: boolean
  signal?: AbortSignal
}

export interface GetOptions {
  /** Asks for PartialObjectMetadata. */
  metadataOnly?: boolean
  signal?: AbortSignal
}

export interface ObjectList<T> {
  items: T[]
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number }
}

export interface WatchOptions extends Omit<ListOptions, 'limit' | 'continue'> {
  allowWatchBookmarks?: boolean
  sendInitialEvents?: boolean
  timeoutSeconds?: number
}

export type WatchEvent<T> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: T }
  | { type: 'ERROR'; object: unknown }

export interface ObjectKey {
  namespace?: string
  name: string
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply'

/** Reads objects. Ask for this when you only read. */
export interface Reader {
  get<T extends KubeObject>(ref: ResourceRef, key: ObjectKey, options?: GetOptions): Promise<T>
  list<T extends KubeObject>(ref: ResourceRef, options?: ListOptions): Promise<ObjectList<T>>
  /** Ends when the server closes, the signal aborts (quietly) or the connection breaks (throws). */
  watch<T extends KubeObject>(ref: ResourceRef, options?: WatchOptions): AsyncIterable<WatchEvent<T>>
}

export interface WriteOptions {
  /** `status`, `binding`, `eviction`, … */
  subresource?: string
  dryRun?: boolean
  fieldManager?: string
  signal?: AbortSignal
}

export interface DeleteOptions {
  gracePeriodSeconds?: number
  preconditions?: { uid?: string; resourceVersion?: string }
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground'
  signal?: AbortSignal
}

export interface DeleteCollectionOptions extends DeleteOptions {
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
}

/** Changes objects. Errors are {@link ApiError}s that carry the server's Status. */
export interface Writer {
  create<T extends KubeObject>(ref: ResourceRef, object: T, options?: WriteOptions & { key?: ObjectKey }): Promise<T>
  update<T extends KubeObject>(ref: ResourceRef, object: T, options?: WriteOptions): Promise<T>
  patch<T extends KubeObject>(
    ref: ResourceRef,
    key: ObjectKey,
    type: PatchType,
    body: unknown,
    options?: WriteOptions & { force?: boolean },
  ): Promise<T>
  delete(ref: ResourceRef, key: ObjectKey, options?: DeleteOptions): Promise<void>
  /** Deletes whatever of the collection the selectors choose, one object after another. */
  deleteCollection(ref: ResourceRef, options?: DeleteCollectionOptions): Promise<void>
}

/** One server, one http2 session, re-opened when it breaks. */
export interface Client extends Reader, Writer, AsyncDisposable {
  /** Any path, for what has no object: `/readyz`, `/version`. */
  raw(
    method: string,
    path: string,
    body?: unknown,
    options?: { accept?: string; signal?: AbortSignal },
  ): Promise<{ status: number; body: Buffer }>
}

/** Where and as whom: a parsed kubeconfig context. All PEM as text. */
export interface ClientConfig {
  server: string
  ca?: string
  cert?: string
  key?: string
  token?: string
  /** Read again every minute, so that a rotated token is taken up. Wins over `token`. */
  tokenFile?: string
  /** The name that the server's certificate must carry, when it is not the host in `server`. */
  tlsServerName?: string
  /** Accepts any server certificate: for tests only. */
  insecureSkipTlsVerify?: boolean
  /** Sent as User-Agent. */
  userAgent?: string
}
