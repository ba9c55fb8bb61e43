import { describe, expect, it } from 'vitest'
import { kubernetesModule } from './go-module.ts'

describe('the module that Kubernetes is built in', () => {
  const upstream = [
    'module k8s.io/kubernetes',
    'go 1.26.0',
    'godebug default=go1.26',
    'require (\n\tgithub.com/spf13/cobra v1.10.2\n\tk8s.io/api v0.0.0\n\tk8s.io/klog/v2 v2.140.0\n)',
    'require (\n\tk8s.io/kubelet v0.0.0 // indirect\n)',
    'replace (\n\tk8s.io/api => ./staging/src/k8s.io/api\n\tk8s.io/kubelet => ./staging/src/k8s.io/kubelet\n)',
  ].join('\n\n')
  const module = kubernetesModule(upstream)

  it('requires Kubernetes and what it requires, staging modules as they are published', () => {
    expect(module).toContain('\tk8s.io/kubernetes v1.36.1\n')
    expect(module).toContain('\tgithub.com/spf13/cobra v1.10.2\n')
    expect(module).toContain('\tk8s.io/api v0.36.1\n')
    expect(module).toContain('\tk8s.io/kubelet v0.36.1 // indirect\n')
    expect(module).not.toContain('v0.0.0')
  })

  it('replaces every staging module, so that no other version is chosen', () => {
    expect(module).toContain('\tk8s.io/api => k8s.io/api v0.36.1\n')
    expect(module).toContain('\tk8s.io/kubelet => k8s.io/kubelet v0.36.1\n')
  })

  it('keeps the language version and the compatibility settings', () => {
    expect(module).toContain('go 1.26.0\n')
    expect(module).toContain('godebug default=go1.26\n')
  })
})
