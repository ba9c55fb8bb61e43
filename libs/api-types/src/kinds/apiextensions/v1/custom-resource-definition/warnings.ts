import { goQuote } from '@kubets/apimachinery'
import { internalSpec, schemasOf } from '../../internal-spec.ts'
import { someSchema } from '../../json-schema.ts'
import type { CustomResourceDefinition } from '../../types.ts'
import { isKnownFormat } from '../../values/formats.ts'

/** Formats that values are not checked for, as far as they are new. */
export function formatWarnings(
  definition: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): string[] {
  const known = new Set(old && unknownFormats(old))
  return unknownFormats(definition)
    .filter(format => !known.has(format))
    .map(format => `unrecognized format ${goQuote(format)}`)
}

function unknownFormats({ spec }: CustomResourceDefinition): string[] {
  const found: string[] = []
  for (const schema of schemasOf(internalSpec(spec))) {
    someSchema(schema, ({ type = '', format = '' }) => {
      if (format !== '' && !isKnownFormat(type, format)) found.push(format)
      return false
    })
  }
  return found
}
