import { expect, test } from 'vitest'
import { foreignAnswer } from './foreign-answer.ts'

test.each([
  [400, 'BadRequest', 'the server rejected our request for an unknown reason'],
  [403, 'Forbidden', 'said "so"'],
  [406, 'NotAcceptable', 'said "so"'],
  [409, 'Conflict', 'the server reported a conflict'],
  [418, '', 'the server responded with the status code 418 but did not return more information'],
  [502, 'InternalError', 'an error on the server ("said \\"so\\"") has prevented the request from succeeding'],
  [503, 'ServiceUnavailable', 'the server is currently unable to handle the request'],
])('%i is %s', (code, reason, sentence) => {
  expect(foreignAnswer(code, 'said "so"')).toEqual({ reason, sentence })
})
