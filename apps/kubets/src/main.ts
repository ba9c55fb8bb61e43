#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { compileCacheFolder } from './cache-folder.ts'

// before anything else is loaded; a detached start hands it on
const compiled = compileCacheFolder()
if (compiled !== undefined) {
  process.env.NODE_COMPILE_CACHE = compiled
  enableCompileCache(compiled)
}
if (import.meta.filename.endsWith('.ts')) await import('@kubets/component/quick-imports')
await import('./command-line.ts')
