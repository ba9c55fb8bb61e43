import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../../testing/entry-under-test.ts'

const kind = entryUnderTest('', 'v1', 'ReplicationController')
const podSpec = { containers: [{ name: 'c', image: 'busybox:1' }] }
const template = { metadata: { labels: { app: 'web' } }, spec: podSpec }
const spec = (more: object = {}) => ({ spec: { template, ...more } })

describe('a ReplicationController', () => {
  it('takes its selector and labels from the template', () => {
    expect(kind.made(spec())).toMatchObject({
      metadata: { generation: 1, labels: { app: 'web' } },
      spec: { replicas: 1, selector: { app: 'web' } },
      status: { replicas: 0 },
    })
    expect(kind.errors(spec())).toEqual([])
    const own = kind.made({ ...spec({ selector: { a: 'b' } }), metadata: { labels: { c: 'd' } } })
    expect(own).toMatchObject({ metadata: { labels: { c: 'd' } }, spec: { selector: { a: 'b' } } })
  })

  it.each([
    [{}, ['spec.selector: Required value', 'spec.template: Required value']],
    [spec({ replicas: -1 }), ['spec.replicas: Invalid value: -1: must be greater than or equal to 0']],
    [
      spec({ selector: { app: 'db' } }),
      ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
    ],
    [
      spec({ template: { ...template, spec: { ...podSpec, restartPolicy: 'OnFailure', activeDeadlineSeconds: 1 } } }),
      [
        'spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"',
        'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicationController is not Supported',
      ],
    ],
  ])('%j is told about: %j', (object, messages) => {
    expect(kind.errors(object)).toEqual(messages)
  })

  it('may change its selector, and is orphaned by default', () => {
    const other = { ...template, metadata: { labels: { app: 'web', a: 'b' } } }
    expect(kind.updateErrors(spec(), spec({ selector: { a: 'b' }, template: other }))).toEqual([])
    expect(kind.entry.defaultPropagation).toBe('Orphan')
    expect(kind.entry.storagePrefix).toBe('/registry/controllers/')
  })

  it('shows its counts and is found by them', () => {
    const status = { replicas: 2, readyReplicas: 1 }
    const object = { ...spec({ replicas: 3, selector: { b: 'c', app: 'web' } }), status }
    expect(kind.cells(object)).toEqual(['a', 3, 2, 1, '10m', 'c', 'busybox:1', 'app=web,b=c'])
    expect(kind.entry.selectableFields(object as object)).toMatchObject({ 'status.replicas': '2' })
  })
})

describe('a PodTemplate', () => {
  const pods = entryUnderTest('', 'v1', 'PodTemplate')

  it('gets a template’s defaults and counts generations', () => {
    expect(pods.made({ template })).toMatchObject({
      metadata: { generation: 1 },
      template: { spec: { restartPolicy: 'Always', schedulerName: 'default-scheduler' } },
    })
    expect(pods.errors({ template })).toEqual([])
    const changed = { ...template, metadata: { labels: { app: 'db' } } }
    expect(pods.updated({ template, metadata: { generation: 1 } }, { template: changed })[0].metadata?.generation).toBe(
      2,
    )
  })

  it.each([
    [{}, 'template.spec.containers: Required value'],
    [
      { template: { ...template, spec: { ...podSpec, ephemeralContainers: [{ name: 'e', image: 'busybox:1' }] } } },
      'template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template',
    ],
  ])('%j is refused: %s', (object, message) => {
    expect(pods.errors(object)).toEqual([message])
  })

  it('shows its containers and labels', () => {
    expect(pods.cells({ template })).toEqual(['a', 'c', 'busybox:1', 'app=web'])
    expect(pods.entry.deleteReturnsObject).toBe(true)
  })
})
