import { expect, it } from 'vitest'
import { besideJson } from './protobuf.ts'

const json = (value: object) => Buffer.from(JSON.stringify(value))
const claim = { kind: 'PersistentVolumeClaim', spec: { volumeName: 'v' } }
const { kind: _, ...bare } = claim
const outcome = (upstream: object, kubets: object, ours: object = { claims: [claim] }) =>
  besideJson('kinds', 'get', [json({ claims: [claim] }), { object: upstream }], [json(ours), { object: kubets }])

it('what protobuf does not carry is no difference', () => {
  expect(outcome({ claims: [bare] }, { claims: [bare] }).outcome).toBe('equal')
})

it('what only our protobuf leaves out is one, and what it says otherwise', () => {
  expect(outcome({ claims: [claim] }, { claims: [bare] }).differences).toEqual([
    { path: 'object.claims[0].kind', upstream: 'PersistentVolumeClaim', kubets: undefined },
  ])
  expect(outcome({ claims: [bare] }, { claims: [{ spec: { volumeName: 'w' } }] }).differences).toMatchObject([
    { path: 'object.claims[0].spec.volumeName', upstream: 'v', kubets: 'w' },
  ])
})
