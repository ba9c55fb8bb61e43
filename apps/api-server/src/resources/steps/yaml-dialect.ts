import type { DocumentOptions, ParseOptions, SchemaOptions, Tags } from 'yaml'

/**
 * YAML as Go's clients and servers read it: version 1.1 (`yes` is a boolean, `010` is eight), but what looks like a time or a base-60
 * number stays text.
 */
export const yamlDialect = {
  version: '1.1',
  merge: true,
  // what a client writes is answered, not logged
  logLevel: 'error',
  customTags: (tags: Tags): Tags =>
    tags.filter(
      tag =>
        typeof tag === 'string' ||
        !('tag' in tag && (tag.tag === timestamp || ('format' in tag && tag.format === 'TIME'))),
    ),
} as const satisfies ParseOptions & DocumentOptions & SchemaOptions

const timestamp = 'tag:yaml.org,2002:timestamp'
