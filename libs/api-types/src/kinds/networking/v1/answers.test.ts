import { answersAsRecorded } from '../../../testing/recorded-answers.ts'

answersAsRecorded('networking.k8s.io', new URL('testdata/answers.json', import.meta.url))
