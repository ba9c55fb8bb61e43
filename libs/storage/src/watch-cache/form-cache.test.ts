import { expect, test } from 'vitest'
import { EventForms, FormCache, type FormHolder, formOf } from './form-cache.ts'

const event = (): FormHolder => ({ forms: undefined })
const bytes = (length = 1_000) => Buffer.alloc(length, 'x')
const isKept = (holder: FormHolder) => formOf(holder, 'json')?.bytes !== undefined

test('an event’s form is kept for a moment, and lasts once it is made again', () => {
  const lasting = new FormCache(320_000)
  const forms = new EventForms(lasting, 320_000)
  const first = event()
  forms.keep(first, 'json', bytes())
  expect([isKept(first), lasting.bytes]).toEqual([true, 0])
  for (let i = 0; i < 20; i++) forms.keep(event(), 'json', bytes())
  expect([isKept(first), lasting.bytes]).toEqual([false, 0])
  forms.keep(first, 'json', bytes())
  for (let i = 0; i < 20; i++) forms.keep(event(), 'json', bytes())
  expect([isKept(first), lasting.bytes]).toEqual([true, 1_200])
})

test('a form too large for a moment lasts at once', () => {
  const lasting = new FormCache(320_000)
  const forms = new EventForms(lasting, 320_000)
  const large = event()
  forms.keep(large, 'json', bytes(20_000))
  expect([isKept(large), lasting.bytes]).toEqual([true, 20_200])
})

test('forms that go leave nothing of themselves, whichever of them goes first', () => {
  const forms = new FormCache(20_000)
  const holder = event()
  for (const name of ['a', 'b', 'c']) forms.keep(holder, name, bytes())
  const names = () => {
    const found: string[] = []
    for (let form = holder.forms; form !== undefined; form = form.next) found.push(form.name)
    return found.sort()
  }
  for (let i = 0; i < 14; i++) forms.keep(event(), 'json', bytes())
  expect(names()).toEqual(['b', 'c'])
  forms.keep(holder, 'd', bytes())
  expect(names()).toEqual(['c', 'd'])
  forms.clear()
  expect([names(), forms.bytes]).toEqual([[], 0])
})

test('the first of two that are made at the same time is everybody’s', () => {
  const forms = new FormCache(20_000)
  const holder = event()
  const first = forms.keep(holder, 'json', bytes())
  expect(forms.keep(holder, 'json', bytes())).toBe(first)
  expect(forms.bytes).toBe(1_200)
})
