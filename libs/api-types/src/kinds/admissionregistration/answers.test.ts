import { answersAsRecorded } from '../../testing/recorded-answers.ts'

answersAsRecorded('admissionregistration.k8s.io', new URL('testdata/answers.json', import.meta.url))
