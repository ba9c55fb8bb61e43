import { answersAsRecorded } from '../../../testing/recorded-answers.ts'

answersAsRecorded('rbac.authorization.k8s.io', new URL('testdata/answers.json', import.meta.url))
