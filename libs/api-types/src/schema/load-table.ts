import { existsSync, readFileSync } from 'node:fs'
import { type TableFile, tableName } from './table-format.ts'

/** `io.k8s.api.core.v1` → `core.v1.tables.json`, beside this package's sources (or beside the bundle). */
function fileOf(packageName: string): URL | undefined {
  for (const folder of ['../tables/', './tables/', './']) {
    const url = new URL(`${folder}${tableName(packageName)}.tables.json`, import.meta.url)
    if (existsSync(url)) return url
  }
  return undefined
}

/** Reads a table when it is first asked for, and keeps it. */
export function tableLoader(): (packageName: string) => TableFile | undefined {
  const loaded = new Map<string, TableFile | undefined>()
  return packageName => {
    if (!loaded.has(packageName)) {
      const url = fileOf(packageName)
      loaded.set(packageName, url === undefined ? undefined : (JSON.parse(readFileSync(url, 'utf8')) as TableFile))
    }
    return loaded.get(packageName)
  }
}
