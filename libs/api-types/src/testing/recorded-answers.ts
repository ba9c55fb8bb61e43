import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { entryUnderTest } from './entry-under-test.ts'

/** What kube-apiserver v1.36 said of one object, new or in the place of `old`: refused for these causes, or taken with these warnings. */
interface RecordedAnswer {
  readonly kind: string
  readonly object: object
  readonly old?: object
  readonly causes?: readonly string[]
  readonly warnings?: readonly string[]
}

/** Every object of the file is answered as upstream answered it: `testdata/answers.json` beside the test. */
export function answersAsRecorded(group: string, file: URL): void {
  const answers = JSON.parse(readFileSync(file, 'utf8')) as readonly RecordedAnswer[]
  const kinds = new Map<string, RecordedAnswer[]>()
  for (const answer of answers) kinds.set(answer.kind, [...(kinds.get(answer.kind) ?? []), answer])
  for (const [name, list] of kinds) {
    describe(name, () => {
      const kind = entryUnderTest(group, 'v1', name)
      it.each(list.map(answer => [JSON.stringify(answer.object).slice(0, 100), answer] as const))(
        'as upstream: %s',
        (_text, { object, old, causes = [], warnings = [] }) => {
          expect(old ? kind.updateErrors(old, object) : kind.errors(object)).toEqual(causes)
          // what is refused is not warned about by the strategy: upstream never gets there
          if (causes.length === 0) {
            expect(kind.warnings(object, old)).toEqual(warnings)
          }
        },
      )
    })
  }
}
