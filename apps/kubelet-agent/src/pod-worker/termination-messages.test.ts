import { expect, it } from 'vitest'
import { lastText } from './termination-messages.ts'

const line = (kind: 'P' | 'F', text: string) => `2026-11-27T07:53:33.651135409+00:00 stdout ${kind} ${text}\n`

it.each([
  ['a last line without an end', line('P', 'DONE'), 'DONE'],
  ['a last line with its end', line('F', 'DONE'), 'DONE\n'],
  ['a long line in pieces', line('P', 'one ') + line('P', 'two ') + line('F', 'three'), 'one two three\n'],
  ['empty lines', line('F', 'a') + line('F', '') + line('F', ''), 'a\n\n\n'],
  ['spaces', line('F', ' a  b '), ' a  b \n'],
  ['nothing', '', ''],
])('the last words in a log are told as they were said: %s', (_, log, text) => {
  expect(lastText(log)).toBe(text)
})

it('eighty lines and two kibibytes are told at most', () => {
  const lines = Array.from({ length: 100 }, (_, i) => line('F', `${i}`)).join('')
  expect(lastText(lines).split('\n').slice(0, 2)).toEqual(['20', '21'])
  expect(lastText(line('F', 'x'.repeat(5_000)))).toBe(`${'x'.repeat(2_047)}\n`)
})
