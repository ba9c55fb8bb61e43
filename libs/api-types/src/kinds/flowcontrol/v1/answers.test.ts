import { answersAsRecorded } from '../../../testing/recorded-answers.ts'

answersAsRecorded('flowcontrol.apiserver.k8s.io', new URL('testdata/answers.json', import.meta.url))
