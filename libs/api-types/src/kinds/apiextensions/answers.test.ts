import { answersAsRecorded } from '../../testing/recorded-answers.ts'

answersAsRecorded('apiextensions.k8s.io', new URL('testdata/answers.json', import.meta.url))
