import type { PolicyRule } from '@kubets/api-types'
import type { AccessRequest } from '../authorizer.ts'

export type { PolicyRule } from '@kubets/api-types'

const none: readonly string[] = []

/** Whether one rule allows it. */
export function ruleAllows(rule: PolicyRule, request: AccessRequest): boolean {
  if (!has(rule.verbs, request.verb)) return false
  if (request.path !== undefined) return allowsPath(rule.nonResourceURLs ?? none, request.path)
  return (
    has(rule.apiGroups ?? none, request.group) &&
    allowsResource(rule.resources ?? none, request.resource, request.subresource) &&
    allowsName(rule.resourceNames ?? none, request.name)
  )
}

/** `*` is everything. */
function has(list: readonly string[], wanted: string): boolean {
  for (const item of list) if (item === wanted || item === '*') return true
  return false
}

/** `pods`, `pods/log`, `*` for all with their subresources, and `*\/scale` for one subresource of all. */
function allowsResource(list: readonly string[], resource: string, subresource: string): boolean {
  if (subresource === '') return has(list, resource)
  for (const item of list) {
    if (item === '*') return true
    const slash = item.indexOf('/')
    if (slash === -1 || item.length - slash - 1 !== subresource.length || !item.endsWith(subresource)) continue
    if ((slash === 1 && item.startsWith('*')) || (slash === resource.length && item.startsWith(resource))) return true
  }
  return false
}

/** A rule without names is about all objects. */
function allowsName(list: readonly string[], name: string): boolean {
  if (list.length === 0) return true
  for (const item of list) if (item === name) return true
  return false
}

/** A path, or one that ends in `*` and stands for all that begin so. */
function allowsPath(list: readonly string[], path: string): boolean {
  for (const item of list) if (pathCovers(item, path)) return true
  return false
}

export function pathCovers(pattern: string, path: string): boolean {
  if (pattern === path) return true
  return pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, ''))
}
