import { describe, expect, it } from 'vitest'
import { normalizeReference } from './reference.ts'

describe('image references', () => {
  const hex = 'a'.repeat(64)
  it.each([
    ['busybox', 'docker.io/library/busybox:latest'],
    ['busybox:1.36', 'docker.io/library/busybox:1.36'],
    ['user/app', 'docker.io/user/app:latest'],
    ['docker.io/busybox', 'docker.io/library/busybox:latest'],
    ['index.docker.io/library/busybox:1', 'docker.io/library/busybox:1'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause:3.10'],
    [`registry.example:5000/team/app@sha256:${hex}`, `registry.example:5000/team/app@sha256:${hex}`],
    ['[::1]:5000/app:1', '[::1]:5000/app:1'],
    [`busybox:1@sha256:${hex}`, `docker.io/library/busybox@sha256:${hex}`],
    ['Example/app', 'Example/app:latest'],
    ['a__b/c--d', 'docker.io/a__b/c--d:latest'],
  ])('reads %s as %s', (text, full) => {
    expect(normalizeReference(text)).toBe(full)
  })

  it.each([
    ['', 'invalid reference format'],
    ['Busybox', 'invalid reference format: repository name must be lowercase'],
    ['busybox:', 'invalid reference format'],
    ['busybox:-x', 'invalid reference format'],
    ['a//b', 'invalid reference format'],
    ['a/../b', 'invalid reference format'],
    ['-a', 'invalid reference format'],
    [hex, `invalid repository name (${hex}), cannot specify 64-byte hexadecimal strings`],
    ['busybox@sha256:1234', 'invalid reference format'],
    [`busybox@sha256:${'a'.repeat(40)}`, 'invalid checksum digest length'],
    [`a/${'b'.repeat(256)}`, 'repository name must not be more than 255 characters'],
  ])('refuses %j', (text, message) => {
    expect(() => normalizeReference(text)).toThrow(message)
  })
})
