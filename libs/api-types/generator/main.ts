/**
 * Makes the schema tables.
 *
 *     go mod download k8s.io/{api,apimachinery,apiextensions-apiserver,kube-aggregator}@v0.36.1
 *     node libs/api-types/generator/main.ts --modules "$(go env GOMODCACHE)/k8s.io" --version v0.36.1 [--check]
 *
 * With --check nothing is written: the exit code says whether the committed tables are what would be made.
 */
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { type TableFile, tableName } from '../src/schema/table-format.ts'
import { emptyPackage, type GoPackage, readGoFile } from './go-types.ts'
import { metaPath, tableOf } from './tables.ts'

const { values } = parseArgs({
  options: {
    modules: { type: 'string' },
    version: { type: 'string', default: 'v0.36.1' },
    check: { type: 'boolean', default: false },
  },
})
const { modules, version, check } = values
if (modules === undefined) throw new Error('give --modules: the folder that has api@VERSION, apimachinery@VERSION, …')

/** Versions that no server of this API level answers any more. */
const unserved =
  /^(apps\/v1beta|extensions\/|batch\/v1beta|autoscaling\/v2beta|flowcontrol\/v1beta|events\/v1beta|discovery\/v1beta|policy\/v1beta|node\/v1(alpha|beta)|rbac\/v1(alpha|beta)|imagepolicy\/|scheduling\/v1beta|apidiscovery\/v2beta|authorization\/v1beta|networking\/v1alpha)/

const folderOf = (module: string) => join(modules, `${module}@${version}`)

function readPackage(module: string, folder: string): GoPackage {
  const result = emptyPackage()
  const home = join(folderOf(module), folder)
  for (const file of readdirSync(home)) {
    if (!file.endsWith('.go') || file.endsWith('_test.go') || file.startsWith('zz_') || file === 'generated.pb.go')
      continue
    readGoFile(readFileSync(join(home, file), 'utf8'), result)
  }
  return result
}

const packages = new Map<string, GoPackage>()
packages.set(metaPath, readPackage('apimachinery', 'pkg/apis/meta/v1'))
const folders = globSync('**/generated.proto', { cwd: folderOf('api') })
  .map(file => dirname(file))
  .filter(folder => !unserved.test(folder))
  .sort()
for (const folder of folders) packages.set(`k8s.io/api/${folder}`, readPackage('api', folder))
for (const [module, folder] of [
  ['apiextensions-apiserver', 'pkg/apis/apiextensions/v1'],
  ['kube-aggregator', 'pkg/apis/apiregistration/v1'],
] as const)
  packages.set(`k8s.io/${module}/${folder}`, readPackage(module, folder))

const home = join(import.meta.dirname, '../src/tables')
mkdirSync(home, { recursive: true })

/** One message a line: small, and readable in a diff. */
function format(table: TableFile): string {
  const rows = Object.entries(table.messages).map(([name, row]) => `${JSON.stringify(name)}:${JSON.stringify(row)}`)
  const { source, package: name, enums } = table
  const head = `"source":${JSON.stringify(source)},\n"package":${JSON.stringify(name)},\n"enums":${JSON.stringify(enums)},`
  return `{${head}\n"messages":{\n${rows.join(',\n')}\n}}\n`
}

let stale = 0
for (const path of packages.keys()) {
  const module = path.split('/')[1] ?? ''
  const table = tableOf(path, packages, `kubernetes/${module} ${version}`)
  const name = tableName(table.package)
  const file = join(home, `${name}.tables.json`)
  const text = format(table)
  if (check) {
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
    process.stderr.write(`${name}.tables.json is not what ${table.source} gives\n`)
    stale++
  } else writeFileSync(file, text)
}
process.exitCode = stale === 0 ? 0 : 1
