import { existsSync, readFileSync } from 'node:fs'
import type { Describe } from './schema-object.ts'

/** Documentation texts that set-up generated; without the file there are none. Read at first use. */
export function descriptions(): Describe {
  let texts: Record<string, Record<string, string>> | undefined
  const read = () => {
    for (const place of ['../../generated/descriptions.json', './descriptions.json']) {
      const url = new URL(place, import.meta.url)
      if (existsSync(url)) return JSON.parse(readFileSync(url, 'utf8')) as Record<string, Record<string, string>>
    }
    return {}
  }
  return (message, field) => {
    texts ??= read()
    return texts[message]?.[field] ?? ''
  }
}
