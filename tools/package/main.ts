import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readCommandLine } from '@kubets/component/plain'
import { build } from 'esbuild'
import { bundledFolders, entryPoints, thirdPartyPackages } from './contents.ts'
import { runtimePaths } from './runtime-paths.ts'

const { positionals } = readCommandLine({
  command: 'npm run package --',
  // Node strips no types under node_modules
  about:
    'Makes the package `kubets` that others install: JavaScript with type declarations. The folder is emptied before.',
  positionals: '[FOLDER]',
  flags: {},
  examples: ['npm run package', 'npm run package -- out/kubets'],
  more: 'FOLDER is dist/kubets where none is given.',
})
const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const output = positionals[0] ?? join(root, 'dist', 'kubets')

const dependencies = await thirdPartyPackages(root)

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
  external: [...Object.keys(dependencies).flatMap(name => [name, `${name}/*`]), '@aws-cdk/lambda-layer-kubectl-v35'],
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
      engines: { node: '^24' },
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
      bin: { kubets: './dist/kubets.js' },
      files: ['dist'],
      dependencies,
    },
    null,
    2,
  )}\n`,
)
const packed = await run('npm', ['pack', '--silent', '--pack-destination', output], { cwd: output })
process.stdout.write(`${join(output, packed.stdout.trim())}\n`)
