import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Steps } from '@kubets/api-types'
import { inTurns } from './in-turns.ts'

/**
 * Loads a package and all that it needs, a few of them a turn of the loop; an import of it costs little afterwards. Express brings some 70 packages:
 * all at once they hold the loop for 75 to 100 ms.
 */
export const loadInTurns = (name: string): Promise<void> => inTurns(loadSteps(name))

/** What a package needs comes before it, so that each step loads the files of one. */
export function* loadSteps(name: string, from = import.meta.url, seen = new Set<string>()): Steps<void> {
  const require = createRequire(from)
  const manifest = require.resolve
    .paths(name)
    ?.map(folder => join(folder, name, 'package.json'))
    .find(path => existsSync(path))
  if (manifest === undefined || seen.has(manifest)) return
  seen.add(manifest)
  const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as { dependencies?: object }
  for (const dependency of Object.keys(dependencies)) {
    yield* loadSteps(dependency, manifest, seen)
    yield
  }
  try {
    require(name)
  } catch (error) {
    // some have no file under their name alone; whoever needs another of theirs loads it
    if (!withoutMain.has((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

const withoutMain = new Set(['ERR_PACKAGE_PATH_NOT_EXPORTED', 'MODULE_NOT_FOUND'])
