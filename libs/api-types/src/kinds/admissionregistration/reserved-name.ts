import { goQuote } from '@kubets/apimachinery'
import type { KubeObject } from '../../wire.ts'

const suffix = '.static.k8s.io'

/** Names that manifest files of the api-server will have for themselves. Until that is there (alpha, off in v1.36) they are only warned about. */
export function reservedNameWarnings({ metadata }: KubeObject): string[] {
  if (!(metadata?.name ?? '').endsWith(suffix)) return []
  return [
    `metadata.name: names ending with ${goQuote(suffix)} are reserved for static manifest-based configurations and cannot be managed via the API`,
  ]
}
