import { entries } from '../../entries.ts'
import { flowSchema } from './flow-schema/index.ts'
import { priorityLevelConfiguration } from './priority-level-configuration/index.ts'

/** `flowcontrol.apiserver.k8s.io/v1`. */
export const flowcontrolV1 = entries([flowSchema, priorityLevelConfiguration])
