import { answersAsRecorded } from '../../../../testing/recorded-answers.ts'

answersAsRecorded('', new URL('testdata/answers.json', import.meta.url))
