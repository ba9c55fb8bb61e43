import { defineConfig } from 'vitest/config'

// Unit, component, integration and end-to-end tests share one runner; `tools/test/main.ts` calls it with what is
// needed for the closing line. Libraries are external modules: Node strips the types itself, nothing is transformed.
export default defineConfig({
  test: {
    include: ['{apps,benchmarks,libs,tests,tools}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'tests/fixtures/**'],
    setupFiles: ['tools/test/properties.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    // a busy machine may need seconds for what takes milliseconds: the default of one second is none
    expect: { poll: { timeout: 15_000 } },
    server: { deps: { external: [/\/(libs|apps)\/[^/]+\/src\/(?!.*\.test\.ts)/] } },
  },
})
