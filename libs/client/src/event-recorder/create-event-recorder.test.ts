import type { Event, KubeObject } from '@kubets/api-types'
import { ApiError } from '@kubets/apimachinery'
import { expect, test } from 'vitest'
import { manualClock } from '../manual-clock.ts'
import { createEventRecorder, type EventRecorderOptions } from './create-event-recorder.ts'

const web = { kind: 'Pod', apiVersion: 'v1', name: 'web', namespace: 'shop', uid: 'u1' }

function start(fail: (verb: string) => Error | undefined = () => undefined) {
  const clock = manualClock(Date.UTC(2026, 0, 2, 3, 4, 5, 678))
  const created: Event[] = []
  const patches: { name: string; body: { count: number; message: string } }[] = []
  const recorder = createEventRecorder({
    clock,
    random: () => 0,
    component: 'kubelet',
    host: 'node-1',
    client: {
      async create(_: unknown, object: KubeObject) {
        const error = fail('create')
        if (error) throw error
        created.push(object as Event)
        return object
      },
      async patch(_: unknown, key: { name: string }, __: unknown, body: unknown) {
        const error = fail('patch')
        if (error) throw error
        const patch = body as { count: number; message: string }
        patches.push({ name: key.name, body: patch })
        return { ...created.find(e => e.metadata?.name === key.name), ...patch }
      },
    } as unknown as EventRecorderOptions['client'],
  })
  return { clock, created, patches, recorder }
}

test('an event has the fields that kubectl describe shows', async () => {
  const { created, recorder } = start()
  recorder.event(web, 'Normal', 'Started', 'Container started')
  await recorder[Symbol.asyncDispose]()
  expect(created).toEqual([
    {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: expect.stringMatching(/^web\.[0-9a-f]{16}$/), namespace: 'shop' },
      involvedObject: web,
      reason: 'Started',
      message: 'Container started',
      source: { component: 'kubelet', host: 'node-1' },
      firstTimestamp: '2026-01-02T03:04:05Z',
      lastTimestamp: '2026-01-02T03:04:05Z',
      count: 1,
      type: 'Normal',
      reportingComponent: 'kubelet',
      reportingInstance: 'node-1',
    },
  ])
})

test('a repeated event raises the count of the first', async () => {
  const { created, patches, recorder, clock } = start()
  for (let i = 0; i < 3; i++) {
    recorder.event(web, 'Warning', 'BackOff', 'Back-off restarting failed container')
    clock.advance(10_000)
  }
  await recorder[Symbol.asyncDispose]()
  expect(created.length).toBe(1)
  expect(patches.map(p => p.body.count)).toEqual([2, 3])
})

test('a count whose event has expired on the server becomes a new event', async () => {
  const gone = new ApiError({ code: 404, reason: 'NotFound' })
  const { created, recorder } = start(verb => (verb === 'patch' ? gone : undefined))
  recorder.event(web, 'Warning', 'BackOff', 'same')
  recorder.event(web, 'Warning', 'BackOff', 'same')
  await recorder[Symbol.asyncDispose]()
  expect(created.map(e => e.count)).toEqual([1, 2])
})

test('from the tenth different message on similar events are combined into one', async () => {
  const { created, patches, recorder } = start()
  for (let i = 0; i < 14; i++) recorder.event(web, 'Warning', 'Unhealthy', `probe ${i} failed`)
  await recorder[Symbol.asyncDispose]()
  expect(created.length).toBe(10)
  expect(created[9]?.message).toBe('(combined from similar events): probe 9 failed')
  expect(patches.at(-1)?.body).toMatchObject({ count: 5, message: '(combined from similar events): probe 13 failed' })
})

test('one object gets 25 events at once, then one every five minutes; others are not held up', async () => {
  const { created, patches, recorder, clock } = start()
  for (let i = 0; i < 40; i++) recorder.event(web, 'Normal', 'Pulled', 'same')
  recorder.event({ ...web, name: 'db' }, 'Normal', 'Pulled', 'same')
  await expect.poll(() => created.length + patches.length).toBe(26)
  clock.advance(300_000)
  recorder.event(web, 'Normal', 'Pulled', 'same')
  await recorder[Symbol.asyncDispose]()
  expect(created.length + patches.length).toBe(27)
})

test('an unreachable server is tried again after a pause; a refusal is not', async () => {
  let down = true
  const { created, recorder, clock } = start(() => (down ? new Error('connection refused') : undefined))
  recorder.event(web, 'Normal', 'Pulled', 'same')
  await expect.poll(() => clock.pending).toBe(1)
  down = false
  clock.advance(10_000)
  await expect.poll(() => created.length).toBe(1)
  await recorder[Symbol.asyncDispose]()

  const refused = start(() => new ApiError({ code: 403, reason: 'Forbidden' }))
  refused.recorder.event(web, 'Normal', 'Pulled', 'same')
  await refused.recorder[Symbol.asyncDispose]()
  expect(refused.created).toEqual([])
})

test('more than a thousand waiting events are dropped, and disposing does not hang on a dead server', async () => {
  let tries = 0
  const { recorder } = start(() => {
    tries++
    return new Error('down')
  })
  for (let i = 0; i < 3_000; i++) recorder.event({ ...web, name: `p${i}` }, 'Normal', 'Pulled', 'same')
  const began = Date.now()
  await recorder[Symbol.asyncDispose]()
  expect(Date.now() - began).toBeLessThan(15_000)
  expect(tries).toBeLessThan(20)
})
