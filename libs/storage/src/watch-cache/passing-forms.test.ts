import type { Clock } from '@kubets/component'
import { expect, test } from 'vitest'
import { type FormHolder, formOf } from './form-cache.ts'
import { PassingForms } from './passing-forms.ts'

test('forms go a minute after somebody last asked for any of them', () => {
  let now = 0
  let due: { at: number; callback: () => void } | undefined
  const clock: Clock = {
    now: () => now,
    after(ms, callback) {
      due = { at: now + ms, callback }
      return () => {
        due = undefined
      }
    },
  }
  const pass = (ms: number) => {
    for (const end = now + ms; ; ) {
      if (due === undefined || due.at > end) {
        now = end
        return
      }
      const { at, callback } = due
      due = undefined
      now = at
      callback()
    }
  }
  const holder: FormHolder = { forms: undefined }
  const forms = new PassingForms(100_000, clock)
  const kept = () => formOf(holder, 'list')?.bytes !== undefined
  forms.keep(holder, 'list', Buffer.alloc(1_000))
  pass(50_000)
  forms.used()
  pass(50_000)
  expect([kept(), forms.bytes]).toEqual([true, 1_200])
  pass(10_000)
  expect([kept(), forms.bytes, due]).toEqual([false, 0, undefined])
  // and again
  forms.keep(holder, 'list', Buffer.alloc(1_000))
  pass(60_000)
  expect([kept(), forms.bytes, due]).toEqual([false, 0, undefined])
})
