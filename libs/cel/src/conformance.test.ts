import { readFileSync } from 'node:fs'
import type { IncrementalTestSuite } from '@bufbuild/cel-spec/testdata/tests.js'
import { getConformanceSuite } from '@bufbuild/cel-spec/testdata/tests.js'
import { expect, test } from 'vitest'
import {
  baseEnvironment,
  CompileError,
  compileExpression,
  displayCelValue,
  Failure,
  type Type,
  type Value,
} from './index.ts'
import { readDeclaration, readValue, Unsupported } from './testing/conformance-values.ts'

type Case = IncrementalTestSuite['tests'][number]

/** The environment of device selectors has `cel.bind`, which the data uses. */
const environment = baseEnvironment.extend({ macros: 'with cel.bind' })

/** Empty: as the data says. */
function difference({ original }: Case): string {
  try {
    const types: Record<string, Type> = {}
    for (const declaration of original.typeEnv) Object.assign(types, readDeclaration(declaration))
    const values = new Map<string, Value>()
    for (const [name, bound] of Object.entries(original.bindings))
      if (bound.kind.case === 'value') values.set(name, readValue(bound.kind.value))
    const program = compileExpression(environment.extend({ variables: types }), original.expr)
    const { resultMatcher: wanted } = original
    if (program instanceof CompileError) return `does not compile: ${program.issues[0]?.message}`
    if (wanted.case === 'typedResult' && wanted.value.deducedType !== undefined && original.checkOnly) return ''
    const { result } = program.evaluate(name => values.get(name))
    switch (wanted.case) {
      case 'evalError':
        return result instanceof Failure ? '' : `no error: ${displayCelValue(result)}`
      case 'typedResult':
        return wanted.value.result === undefined ? '' : sameAs(result, readValue(wanted.value.result))
      case 'value':
        return sameAs(result, readValue(wanted.value))
      case undefined:
        return result === true
          ? ''
          : `not true: ${result instanceof Failure ? result.message : displayCelValue(result)}`
      default:
        return `expects ${wanted.case}`
    }
  } catch (error) {
    if (error instanceof Unsupported) return error.message
    throw error
  }
}

function sameAs(result: Value | Failure, wanted: Value): string {
  if (result instanceof Failure) return `fails: ${result.message}`
  const [got, expected] = [sorted(displayCelValue(result)), sorted(displayCelValue(wanted))]
  return got === expected ? '' : `${got} instead of ${expected}`
}

/** Entries of maps come in any order. */
const sorted = (text: string) => (text.startsWith('{') ? text.slice(1, -1).split(', ').sort().join(', ') : text)

function* all(suite: IncrementalTestSuite, path: string): Generator<[name: string, Case]> {
  for (const each of suite.tests) yield [`${path}/${each.name}`, each]
  for (const each of suite.suites) yield* all(each, path === '' ? each.name : `${path}/${each.name}`)
}

// What fails needs what Kubernetes' CEL has not: protobuf messages and enums, containers, and the extensions for math,
// encoders and blocks. Each is named in the file, with the reason.
test("CEL's conformance tests pass, but for those named", () => {
  const failing: Record<string, string> = {}
  let passed = 0
  for (const [name, each] of all(getConformanceSuite(), '')) {
    const why = difference(each)
    if (why === '') passed++
    else failing[name] = why
  }
  const known = JSON.parse(readFileSync(new URL('testing/conformance-failing.json', import.meta.url), 'utf8'))
  expect(failing).toEqual(known.failing)
  expect(passed).toBe(known.passed)
})
