/** What the clients write: ConfigMaps of one namespace, each with the mark of the write that made it. */
export const namespace = 'chaos'
export const collection = `/api/v1/namespaces/${namespace}/configmaps`
export const storePrefix = `/registry/configmaps/${namespace}/`

export interface Marked {
  metadata: { name: string; resourceVersion?: string }
  data?: { mark?: string }
}

/** Some weight, so that many writes are several pages of the store's. */
const ballast = 'x'.repeat(500)

export const objectOf = (name: string, mark: string, resourceVersion?: number): object => ({
  metadata: { name, ...(resourceVersion === undefined ? {} : { resourceVersion: String(resourceVersion) }) },
  data: { mark, ballast },
})

export const markOf = ({ data }: Marked): string => data?.mark ?? ''
export const revisionOf = ({ metadata }: Marked): number => Number(metadata.resourceVersion)
