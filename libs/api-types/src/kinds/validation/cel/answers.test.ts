import { answersAsRecorded } from '../../../testing/recorded-answers.ts'

// Expressions, good and bad, and what kube-apiserver v1.36.1 said to each: compiler's messages, types and estimated costs.
answersAsRecorded('resource.k8s.io', new URL('testdata/resource.json', import.meta.url))
answersAsRecorded('admissionregistration.k8s.io', new URL('testdata/admissionregistration.json', import.meta.url))
answersAsRecorded('apiextensions.k8s.io', new URL('testdata/apiextensions.json', import.meta.url))
// Rules that are run on the defaults of their schema.
answersAsRecorded('apiextensions.k8s.io', new URL('testdata/apiextensions-defaults.json', import.meta.url))
