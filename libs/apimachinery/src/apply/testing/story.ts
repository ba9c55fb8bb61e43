import { applyConfig } from '../apply-config.ts'
import { ApplyConflicts } from '../conflict.ts'
import { showSet } from '../field-set.ts'
import { decodeFieldsV1 } from '../fields-v1.ts'
import type { ManagedKind } from '../managed-kind.ts'
import type { ManagedFieldsEntry } from '../managers.ts'
import { compareUtf8, fieldElement } from '../path-element.ts'
import { trackUpdate } from '../track-update.ts'
import { deduced, type FieldView, type MapView, type TypeView, untypedAtomic } from '../type-view.ts'

const text: TypeView = { scalar: { kind: 'string' } }
const count: TypeView = { scalar: { kind: 'numeric' } }
const map = (item: TypeView, atomic = false): TypeView => ({
  map: { atomic, fields: [], field: () => undefined, item, neverEmpty: false },
})
const list = (item: TypeView, keys?: readonly string[]): TypeView => ({
  list: { atomic: keys === undefined, keys: keys ?? [], item },
})
function struct(types: Record<string, TypeView | [TypeView, string]>, atomic = false): TypeView {
  const fields: FieldView[] = Object.entries(types)
    .sort(([a], [b]) => compareUtf8(a, b))
    .map(([name, type]) => ({
      name,
      element: fieldElement(name),
      type: Array.isArray(type) ? type[0] : type,
      ...(Array.isArray(type) ? { default: type[1] } : {}),
      optional: true,
      typed: value => (value === null ? undefined : value),
    }))
  const byName = new Map(fields.map(field => [field.name, field]))
  const view: MapView = { atomic, fields, field: name => byName.get(name), item: undefined, neverEmpty: false }
  return { map: view }
}

const port = struct({ port: count, protocol: [text, 'TCP'], name: text })
const gadget = struct({
  apiVersion: text,
  kind: text,
  metadata: struct({
    name: text,
    uid: text,
    labels: map(text),
    finalizers: list(text, []),
    managedFields: list(deduced),
  }),
  replicas: count,
  ports: list(port, ['port', 'protocol']),
  args: list(text),
  tags: list(text, []),
  selector: struct({ a: text, b: text }, true),
  template: struct({ name: text, env: list(struct({ name: text, value: text }), ['name']) }),
  free: deduced,
  blob: untypedAtomic,
  status: struct({ phase: text }),
})

/** Its rules, of which the filter says what nobody owns. */
export const kind = (filter: ManagedKind['filter'] = set => set): ManagedKind => ({
  view: version => (version === 'v1' ? gadget : undefined),
  convert: object => object,
  filter,
})

export type Gadget = Record<string, unknown>

/** An object and its managers through a row of writes; the clock goes a second each. */
export class Story {
  live: Gadget = { kind: 'Gadget', apiVersion: 'v1' }
  managed: ManagedFieldsEntry[] | undefined
  #second = 0
  readonly kind: ManagedKind
  constructor(rules: ManagedKind = kind()) {
    this.kind = rules
  }
  get now() {
    return `2026-01-01T00:00:${String(this.#second++).padStart(2, '0')}Z`
  }
  apply(manager: string, config: Gadget, { force = false, subresource = '' } = {}): this {
    const applied = applyConfig({
      kind: this.kind,
      apiVersion: 'v1',
      live: this.live,
      liveManaged: this.managed,
      config: { kind: 'Gadget', apiVersion: 'v1', ...config },
      manager,
      subresource,
      force,
      now: this.now,
    })
    this.live = {
      ...((applied.object ?? this.live) as Gadget),
      metadata: { name: 'a', uid: 'u', ...metadataOf(applied.object ?? this.live) },
    }
    this.managed = applied.managed
    return this
  }
  update(manager: string, object: Gadget, sent = this.managed, subresource = ''): this {
    this.managed = trackUpdate({
      kind: this.kind,
      apiVersion: 'v1',
      live: this.live.metadata === undefined ? {} : this.live,
      object,
      liveManaged: this.managed,
      sentManaged: sent,
      manager,
      subresource,
      now: this.now,
    })
    this.live = { ...object, metadata: { name: 'a', uid: 'u', ...metadataOf(object) } }
    return this
  }
  owned(manager: string, operation = 'Apply'): string[] {
    const entry = this.managed?.find(e => e.manager === manager && e.operation === operation)
    return entry === undefined ? [] : showSet(decodeFieldsV1(entry.fieldsV1).set).split('\n')
  }
  conflict(manager: string, config: Gadget): string {
    try {
      this.apply(manager, config)
    } catch (error) {
      if (error instanceof ApplyConflicts) return error.message
      throw error
    }
    return 'none'
  }
}
const metadataOf = (object: object) => (object as { metadata?: object }).metadata
