import { entries } from '../../entries.ts'
import { customResourceDefinition } from './custom-resource-definition/index.ts'

/** `apiextensions.k8s.io/v1`. */
export const apiextensionsV1 = entries([customResourceDefinition])
