import type { CustomResourceDefinition, KubeObject } from '@kubets/api-types'

const old = 'apiextensions.k8s.io/v1beta1'
const marker = Buffer.from(`"${old}"`)

/** Where stored definitions name their version: within so many bytes from the front. */
const front = 100

/** Whether stored bytes are a definition in the form that kube-apiserver still writes, though nobody can ask for it. */
export const isOldDefinition = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(front, bytes.byteLength)).includes(marker)

type Spec = NonNullable<CustomResourceDefinition['spec']>
type Version = NonNullable<Spec['versions']>[number]

interface OldColumn {
  JSONPath?: string
}

interface OldSpec extends Omit<Spec, 'conversion' | 'versions'> {
  version?: string
  versions?: (Version & { additionalPrinterColumns?: OldColumn[] })[]
  validation?: Version['schema']
  subresources?: Version['subresources']
  additionalPrinterColumns?: OldColumn[]
  selectableFields?: Version['selectableFields']
  conversion?: { strategy?: string; webhookClientConfig?: object; conversionReviewVersions?: string[] }
  preserveUnknownFields?: boolean
}

/** The definition as v1 has it: what all versions share stands in each of them, and the webhook's parts together. */
export function newDefinition(definition: KubeObject): KubeObject {
  const { spec: given = {}, ...rest } = definition as KubeObject & { spec?: OldSpec }
  const {
    version,
    versions: named,
    validation,
    subresources,
    additionalPrinterColumns: columns,
    selectableFields,
    conversion,
    preserveUnknownFields,
    ...spec
  } = given as OldSpec
  const listed = named ?? (version === undefined ? [] : [{ name: version, served: true, storage: true }])
  const versions = listed.map(one => {
    const own = columns ?? one.additionalPrinterColumns
    return {
      ...one,
      ...(validation === undefined ? {} : { schema: validation }),
      ...(subresources === undefined ? {} : { subresources }),
      ...(own === undefined ? {} : { additionalPrinterColumns: own.map(newColumn) }),
      ...(selectableFields === undefined ? {} : { selectableFields }),
    }
  })
  return {
    ...rest,
    apiVersion: 'apiextensions.k8s.io/v1',
    spec: {
      ...spec,
      versions,
      ...(conversion === undefined ? {} : { conversion: newConversion(conversion) }),
      ...(preserveUnknownFields === true ? { preserveUnknownFields } : {}),
    },
  } as KubeObject
}

const newColumn = ({ JSONPath: jsonPath, ...column }: OldColumn): object => ({ ...column, jsonPath })

function newConversion({
  strategy,
  webhookClientConfig,
  conversionReviewVersions,
}: NonNullable<OldSpec['conversion']>) {
  if (webhookClientConfig === undefined && conversionReviewVersions === undefined) return { strategy }
  const clientConfig = webhookClientConfig === undefined ? {} : { clientConfig: webhookClientConfig }
  return { strategy, webhook: { ...clientConfig, conversionReviewVersions: conversionReviewVersions ?? [] } }
}
