import { builtinCatalogue, builtinSchemas, sealProtobuf } from '@kubets/api-types'
import type { Json } from './step.ts'

/** An object as protobuf, by kubets' own encoder. Undefined for kinds that it does not know yet. */
export function protobufBody(object: Json): Buffer | undefined {
  const [version = '', group = ''] = String(object.apiVersion).split('/').reverse()
  const entry = builtinCatalogue.byKind(group, version, object.kind)
  if (entry === undefined) return undefined
  return sealProtobuf(object.apiVersion, object.kind, builtinSchemas.get(entry.schema).encodeProtobuf(object))
}
