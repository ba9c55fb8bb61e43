import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from './testing/api-server.ts'
import { type Kubectl, testKubectl } from './testing/kubectl.ts'

let api: TestApiServer
let run: Kubectl
beforeAll(async () => {
  api = await testApiServer()
  run = await testKubectl(api)
})
afterAll(() => api[Symbol.asyncDispose]())

const kubectl = (line: string, input?: string) => run(line.split(' '), input)

describe('the real kubectl', () => {
  it('deploys, scales and autoscales', async () => {
    expect(await kubectl('create deployment web --image=busybox:1 --replicas=2')).toBe('deployment.apps/web created\n')
    expect(await kubectl('scale deployment web --current-replicas=2 --replicas=4')).toBe('deployment.apps/web scaled\n')
    expect(await kubectl('get deploy web -o wide --no-headers')).toMatch(
      /^web +0\/4 +0 +0 +\d+s +busybox +busybox:1 +app=web\n$/,
    )
    expect(await kubectl('get deploy web --subresource=scale --no-headers')).toMatch(/^web +4 +0 +\d+s\n$/)
    expect(await kubectl('patch deploy web --subresource=scale --type=merge -p {"spec":{"replicas":3}}')).toContain(
      'web patched\n',
    )
    expect(await kubectl('autoscale deployment web --min=2 --max=5 --cpu=60%')).toContain('autoscaled\n')
    expect(await kubectl('get hpa web --no-headers')).toMatch(
      /^web +Deployment\/web +cpu: <unknown>\/60% +2 +5 +0 +\d+s\n$/,
    )
    expect(
      await kubectl(
        'get horizontalpodautoscalers.v1.autoscaling web -o jsonpath={.spec.targetCPUUtilizationPercentage}',
      ),
    ).toBe('60')
    expect(await kubectl('set image deployment/web busybox=busybox:2')).toBe('deployment.apps/web image updated\n')
    expect(await kubectl('get deploy web -o jsonpath={.metadata.generation}')).toBe('4')
  })

  it('runs jobs, now and by the clock', async () => {
    expect(await kubectl('create job once --image=busybox:1')).toBe('job.batch/once created\n')
    const never = kubectl('create cronjob never --image=busybox:1 --schedule=never')
    await expect(never).rejects.toThrow('expected exactly 5 fields, found 1: [never]')
    const often = ['create', 'cronjob', 'often', '--image=busybox:1', '--schedule=*/5 * * * *']
    expect(await run(often)).toBe('cronjob.batch/often created\n')
    expect(await kubectl('create job now --from=cronjob/often')).toBe('job.batch/now created\n')
    expect(await kubectl('get jobs,cronjobs --no-headers')).toMatch(
      /^job.batch\/now +Running +0\/1 +\d+s\njob.batch\/once +Running +0\/1 +\d+s\n+cronjob.batch\/often +\*\/5 \* \* \* \* +<none> +False +0 +<none> +\d+s\n$/,
    )
    expect(await kubectl('get jobs --field-selector=status.successful=0 -o name')).toBe(
      'job.batch/now\njob.batch/once\n',
    )
  })

  it('budgets disruptions', async () => {
    expect(await kubectl('create pdb web --selector=app=web --min-available=50%')).toBe(
      'poddisruptionbudget.policy/web created\n',
    )
    expect(await kubectl('get pdb web --no-headers')).toMatch(/^web +50% +N\/A +0 +\d+s\n$/)
  })

  it('is warned where a Job leaves its pods behind', async () => {
    const spec = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox:1' }] } } }
    const jobs = '/apis/batch/v1/namespaces/default/jobs'
    const deleted = async (name: string, query: string) => {
      expect((await api.h2.request('POST', jobs, { body: { metadata: { name }, spec } })).status).toBe(201)
      return (await api.h2.request('DELETE', `${jobs}/${name}${query}`)).headers.warning
    }
    expect(String(await deleted('left', ''))).toContain('child pods are preserved by default when jobs are deleted')
    expect(await deleted('asked', '?propagationPolicy=Background')).toBeUndefined()
  })
})
