/**
 * Makes the schema tables.
 *
 *     node libs/api-types/generator/main.ts --api DIR --apimachinery DIR --ref v0.36.0 [--check]
 *
 * DIR are git directories of the repositories kubernetes/api and kubernetes/apimachinery; nothing is checked out.
 * With --check nothing is written: the exit code says whether the committed tables are what would be made.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { TableFile } from '../src/schema/table-format.ts'
import { emptyPackage, type GoPackage, readGoFile } from './go-types.ts'
import { metaPath, tableOf } from './tables.ts'

const { values } = parseArgs({
  options: {
    api: { type: 'string' },
    apimachinery: { type: 'string' },
    ref: { type: 'string', default: 'v0.36.0' },
    check: { type: 'boolean', default: false },
  },
})
const { api, apimachinery, ref, check } = values
if (api === undefined || apimachinery === undefined) throw new Error('give --api and --apimachinery: git directories')

/** Versions that no server of this API level answers any more. */
const unserved =
  /^(apps\/v1beta|extensions\/|batch\/v1beta|autoscaling\/v2beta|flowcontrol\/v1beta|events\/v1beta|discovery\/v1beta|policy\/v1beta|node\/v1(alpha|beta)|rbac\/v1(alpha|beta)|imagepolicy\/|scheduling\/v1beta|apidiscovery\/v2beta|authorization\/v1beta|networking\/v1alpha)/

const git = (dir: string, ...args: string[]) =>
  execFileSync('git', ['--git-dir', dir, ...args], { encoding: 'utf8', maxBuffer: 64 << 20 })

function readPackage(dir: string, folder: string): GoPackage {
  const result = emptyPackage()
  const files = git(dir, 'ls-tree', '--name-only', `${ref}:${folder}`).split('\n')
  for (const file of files) {
    if (!file.endsWith('.go') || file.endsWith('_test.go') || file.startsWith('zz_') || file === 'generated.pb.go')
      continue
    readGoFile(git(dir, 'show', `${ref}:${folder}/${file}`), result)
  }
  return result
}

const packages = new Map<string, GoPackage>()
packages.set(metaPath, readPackage(apimachinery, 'pkg/apis/meta/v1'))
const folders = git(api, 'ls-tree', '-r', '--name-only', ref)
  .split('\n')
  .filter(file => file.endsWith('/generated.proto'))
  .map(file => dirname(file))
  .filter(folder => !unserved.test(folder))
for (const folder of folders) packages.set(`k8s.io/api/${folder}`, readPackage(api, folder))

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
  const repository = path === metaPath ? 'kubernetes/apimachinery' : 'kubernetes/api'
  const table = tableOf(path, packages, `${repository} ${ref}`)
  const name = path === metaPath ? 'meta.v1' : path.replace('k8s.io/api/', '').replace('/', '.')
  const file = join(home, `${name}.tables.json`)
  const text = format(table)
  if (check) {
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
    process.stderr.write(`${name}.tables.json is not what ${table.source} gives\n`)
    stale++
  } else writeFileSync(file, text)
}
process.exitCode = stale === 0 ? 0 : 1
