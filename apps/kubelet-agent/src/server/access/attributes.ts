/** What is asked of a node, in RBAC's words: `verb` on any of `nodes/<subresource>` is enough. */
export interface NodeAccess {
  readonly verb: string
  readonly subresources: readonly string[]
}

const verbs: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

/** First path segment → its own subresources; everything else is `proxy`, which is as good as the node. */
const subresources: Readonly<Record<string, readonly string[]>> = {
  stats: ['stats'],
  metrics: ['metrics'],
  logs: ['log'],
  checkpoint: ['checkpoint'],
  statusz: ['statusz'],
  flagz: ['configz'],
  pods: ['pods', 'proxy'],
  runningpods: ['pods', 'proxy'],
  healthz: ['healthz', 'proxy'],
  configz: ['configz', 'proxy'],
}

/** Upstream's table (KubeletFineGrainedAuthz). `segments`: the decoded path, as the server itself reads it. */
export function nodeAccess(method: string | undefined, segments: readonly string[]): NodeAccess {
  const [first = ''] = segments
  return {
    verb: verbs[method ?? ''] ?? '',
    subresources: Object.hasOwn(subresources, first) ? (subresources[first] as readonly string[]) : ['proxy'],
  }
}
