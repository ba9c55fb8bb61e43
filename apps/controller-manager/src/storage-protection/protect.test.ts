import type { KubeObject } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { expect, test } from 'vitest'
import type { ControllerClient } from '../context.ts'
import { needsProtection, protect } from './protect.ts'

const finalizer = 'kubernetes.io/pv-protection'
const object = (finalizers: string[], deletionTimestamp?: string) =>
  ({ metadata: { name: 'a', finalizers, deletionTimestamp } }) as unknown as KubeObject
const then = '2026-01-01T00:00:00Z'

test.each([
  [object([finalizer]), false],
  [object(['other']), true],
  [object([finalizer], then), true],
  [object(['other'], then), false],
])('%j has to be looked at: %s', (given, expected) => {
  expect(needsProtection(given, finalizer)).toBe(expected)
})

test.each([
  [object(['other']), true, ['other', finalizer]],
  [object(['other', finalizer], then), false, ['other']],
  [object(['other', finalizer], then), true, undefined],
  [object([finalizer]), false, undefined],
])('of %j, used: %s, the finalizers become %j', async (given, used, expected) => {
  let written: readonly string[] | undefined
  const client = {
    update: async (_: unknown, next: KubeObject) => {
      written = next.metadata?.finalizers
    },
  } as unknown as ControllerClient
  const { signal } = new AbortController()
  await protect({ client, ref: resources.persistentVolumes, finalizer, signal, isUsed: () => used }, given)
  expect(written).toEqual(expected)
})
