import type { ValidatingAdmissionPolicy } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ControlPlane } from '../control-plane.ts'
import { startManagedPlane } from './managed-plane.ts'

let plane: ControlPlane
beforeAll(async () => {
  plane = await startManagedPlane()
})
afterAll(() => plane[Symbol.asyncDispose]())

const ref = resources.validatingAdmissionPolicies
const policy = (name: string, expressions: string[]) =>
  ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] },
        ],
      },
      validations: expressions.map(expression => ({ expression })),
    },
  }) as ValidatingAdmissionPolicy
const status = async (name: string) => (await plane.client.get<ValidatingAdmissionPolicy>(ref, { name })).status

test('a policy whose expressions do not fit the types that it is for says so in its status', async () => {
  const { client } = plane
  await client.create(ref, policy('confused', ['object.spec.replicas < 100', "object.spec.replicas > '1'"]))
  await expect
    .poll(() => status('confused'))
    .toMatchObject({
      observedGeneration: 1,
      typeChecking: { expressionWarnings: [{ fieldRef: 'spec.validations[1].expression' }] },
    })
  expect((await status('confused'))?.typeChecking?.expressionWarnings?.[0]?.warning).toBe(
    `apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_>_' applied to '(int, string)'
 | object.spec.replicas > '1'
 | .....................^
`,
  )

  // the next generation is looked at again
  const right = policy('confused', ['object.spec.replicas > 1'])
  await client.patch(ref, { name: 'confused' }, 'merge', { spec: right.spec })
  await expect.poll(() => status('confused')).toEqual({ observedGeneration: 2, typeChecking: {} })
})
