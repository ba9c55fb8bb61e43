import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { Loader, Plugin } from 'esbuild'

/**
 * In the sources a file finds its neighbours relative to itself; in the bundle everything stands in one folder. Each path that is
 * read at run time is listed here; one that is not found where it was fails the build, and so does a file that is started by a path that is not here.
 */
const paths: Record<string, { from: string; to: string }> = {
  'libs/cri/src/definition.ts': { from: "'../../../protos/", to: "'./protos/" },
  'libs/storage/src/encryption/kms/definition.ts': { from: "'../../../../../protos/", to: "'./protos/" },
  'apps/api-server/src/validation/validation-thread.ts': { from: "'./thread.ts'", to: "'./validation-thread.js'" },
  'libs/storage/src/embedded/loading/loading-thread.ts': { from: "'./thread.ts'", to: "'./store-loading-thread.js'" },
  'libs/storage/src/embedded/writing/writing-thread.ts': { from: "'./thread.ts'", to: "'./store-writing-thread.js'" },
  'apps/container-runtime-shim/src/images/unpacker.ts': { from: "'./unpack-main.ts'", to: "'./unpack-main.js'" },
}

export const runtimePaths: Plugin = {
  name: 'runtime-paths',
  setup(build) {
    const found = new Set<string>()
    build.onLoad({ filter: /\/(apps|libs)\/.*\.ts$/ }, async ({ path }) => {
      const name = Object.keys(paths).find(suffix => path.endsWith(suffix))
      const text = await readFile(path, 'utf8')
      if (name === undefined) {
        const started = /new URL\(('[^']+\.ts'), import\.meta\.url\)/.exec(text)
        if (started !== null)
          throw new Error(`${path} starts ${started[1]}: put it into tools/package/runtime-paths.ts`)
        return undefined
      }
      const { from, to } = paths[name] as { from: string; to: string }
      if (!text.includes(from))
        throw new Error(`${name} no longer contains ${from}: correct tools/package/runtime-paths.ts`)
      found.add(name)
      return { contents: text.replaceAll(from, to), loader: extname(path).slice(1) as Loader }
    })
    build.onEnd(() => {
      const missing = Object.keys(paths).filter(name => !found.has(name))
      if (missing.length > 0)
        throw new Error(`not part of the bundle: ${missing.join(', ')}: correct tools/package/runtime-paths.ts`)
    })
  },
}
