import type { KubeObject, StatusCause } from '../wire.ts'

/**
 * What the house knows of one served kind. Discovery, OpenAPI, tables, field validation, patches and storage are all
 * derived from these entries: adding a kind is adding one folder, and custom resources will be entries made at run time.
 */
export interface ResourceEntry<T extends KubeObject = KubeObject> {
  /** '' for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  /** Plural, lower case: the path segment. */
  readonly resource: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly namespaced: boolean
  readonly verbs: readonly Verb[]
  /** Key prefix with a closing slash, as upstream: `/registry/pods/`, `/registry/minions/`, `/registry/services/specs/`. */
  readonly storagePrefix: string
  /** `false` for kinds that are only posted (Binding, Eviction, TokenReview): no store behind them. */
  readonly stored: boolean
  readonly subresources: Readonly<Record<string, SubresourceEntry>>
  /**
   * Another version of the same kind is the one that is stored and that strategies know: requests of this version are converted on
   * their way in and out. Absent: this entry's own form is stored. Made by `servedAs`.
   */
  readonly hub?: Hub<T>
  /** Served without being asked for. Default: versions without `alpha` or `beta` in their name; `--runtime-config` changes it. */
  readonly enabledByDefault: boolean
  /** Upstream's feature gate, off in v1.36, without which it does not serve the kind even where its version is on. */
  readonly featureGate?: string
  /** Text of the `Warning` header of every request for it, as upstream's `v1 Endpoints is deprecated in v1.33+; use …`. */
  readonly deprecation?: string
  /** A delete that removes the object answers with the object instead of a Status (upstream's ReturnDeletedObject). */
  readonly deleteReturnsObject: boolean
  /** Names that a delete of one object refuses, with the reason that it gives. */
  readonly undeletable?: Readonly<Record<string, string>>
  /** What happens to dependents when a delete does not say. Default `Background`. `Unsupported`: it has none, whatever a delete says. */
  readonly defaultPropagation: 'Background' | 'Orphan' | 'Unsupported'
  /** The version that upstream stores the kind in, where it is another than the hub: discovery's hash tells it. */
  readonly storageHashVersion?: string
  /** An annotation that upstream makes of the body: it is none of the metadata where nothing else of the object is shown. */
  readonly annotationOfBody?: string
  /** What stands in upstream's empty object of the kind, which a bookmark shows: fields that are never absent there. */
  readonly empty?: KubeObject
  /** Text of the `Warning` header of a delete that does not say what happens to dependents. */
  readonly deletionWarning?: string
  /** How `/scale` sees and changes the object. */
  readonly scale?: ScaleView<T>
  /** Name of the kind's message in the schema tables, e.g. `io.k8s.api.core.v1.Pod`. */
  readonly schema: string
  /** Sets upstream's defaults in place. Runs after decoding a request and after reading the store. */
  readonly applyDefaults: (object: T) => void
  readonly strategy: Strategy<T>
  /** The fields that a field selector may name, with their values as strings ('' when unset). Always has `metadata.name`, and `metadata.namespace` when namespaced. */
  readonly selectableFields: (object: T) => Readonly<Record<string, string>>
  /**
   * What a field selector of this version calls the fields, where that is not what `selectableFields` calls them
   * (`regarding.kind` of events.k8s.io is `involvedObject.kind`): all names, each with the name there.
   */
  readonly fieldLabels?: Readonly<Record<string, string>>
  /** The error of a field selector that names another field, where upstream has words of its own for the kind. */
  readonly unsupportedFieldLabel?: (label: string) => string
  readonly columns: readonly PrinterColumn[]
  /** The cells of one `kubectl get` row, one for each column. `now` (ms) for ages. */
  readonly cells: (object: T, now: number) => readonly (string | number | boolean | null)[]
  /** What a Table's row says of an object beside its cells: that it is over. Default: nothing. */
  readonly rowConditions?: (object: T) => readonly RowCondition[]
}

/** `meta.k8s.io` TableRowCondition. */
export interface RowCondition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'

export interface SubresourceEntry {
  /** What its bodies are: `{ group: '', version: 'v1', kind: 'Binding' }`; for status the parent kind. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly verbs: readonly Verb[]
  /** `false`: it has no Table, as upstream has forgotten. Default `true`. */
  readonly table?: false
}

/** The stored version of an entry that is served in another one. Both functions may change and return their argument. */
export interface Hub<T extends KubeObject = KubeObject> {
  readonly entry: ResourceEntry
  toHub(object: T): KubeObject
  fromHub(object: KubeObject): T
}

/** The parts of an object that `autoscaling/v1` Scale shows. */
export interface ScaleView<T extends KubeObject = KubeObject> {
  read(object: T): { readonly replicas: number; readonly statusReplicas: number; readonly selector: string }
  /** Sets the wanted number, in place. */
  write(object: T, replicas: number): void
}

export interface StrategyContext {
  /** `create`, `update` on the main resource, or the subresource's name (`status`, `ephemeralcontainers`, …). */
  readonly subresource: string
  /** Who asks; absent for what the api-server writes itself. */
  readonly user?: Requester
  /** Milliseconds. */
  readonly now: number
  /** Group and version of the request's path. Absent for what the api-server writes itself: then the stored form was asked for. */
  readonly requested?: { readonly group: string; readonly version: string }
}

/** Who asks, as strategies may record it (a CertificateSigningRequest's `spec.username`). */
export interface Requester {
  readonly name: string
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** The rules of one kind; pure functions. `prepare…` change their first argument in place. */
export interface Strategy<T extends KubeObject = KubeObject> {
  /** Loads what validation needs and a start does not: CEL, for objects with expressions. Awaited before validation. */
  ready?(object: T): Promise<void> | undefined
  /** Validation takes longer than a thread that answers requests has time: expressions are compiled, large schemas checked. */
  isHeavy?(object: T, context: StrategyContext): boolean
  /** PUT on a name that does not exist creates it (upstream's AllowCreateOnUpdate). */
  readonly allowCreateOnUpdate: boolean
  /** PUT without a resourceVersion overwrites (upstream's AllowUnconditionalUpdate). */
  readonly allowUnconditionalUpdate: boolean
  /** `false`: a `generateName` is taken as the name itself, nothing is added to it (upstream's IPAddress). Default `true`. */
  readonly generatesNames?: boolean
  /** Resets what a creator may not set (status), sets generation. */
  prepareForCreate(object: T, context: StrategyContext): void
  /** Keeps what this endpoint may not change (status on the main resource, all but status on `status`), raises generation when the spec changed. */
  prepareForUpdate(object: T, old: T, context: StrategyContext): void
  /**
   * On `status` these rules take the spec from the stored object and look at it only where a status says something of it; the kind's defaults and
   * selectable fields of the other parts do not look at it. Then it need not even be read.
   */
  readonly leavesSpec?: boolean
  /** Causes in upstream's wording and field paths; empty when valid. Includes the metadata checks. */
  validate(object: T, context: StrategyContext): readonly StatusCause[]
  validateUpdate(object: T, old: T, context: StrategyContext): readonly StatusCause[]
  /** `false`: `validateUpdate` does not look at what metadata may not change, as upstream's does not; the server looks for every kind. Default `true`. */
  readonly validatesMetaUpdate?: boolean
  /** Messages for `Warning` headers. */
  warnings?(object: T, old: T | undefined): readonly string[]
  /**
   * Paths that a writer of this endpoint ('' or a subresource) cannot own, since the strategy takes them from the stored object (upstream's
   * GetResetFields): `['status']`. Default: `status` on the main resource where it has that subresource, `spec` on `status`.
   */
  resetFields?(subresource: string): readonly string[]
  /** For endpoints that change single parts: only these paths can be owned; `*` is any item (`spec.containers.*.resources`). Undefined: all but the reset ones. */
  ownableFields?(subresource: string): readonly string[] | undefined
  /** How a delete begins: seconds of grace to write into metadata (0 deletes at once). Kinds without it are deleted at once. */
  gracePeriod?(object: T, requested: number | undefined): number
  /** What the first delete of one object stores instead of taking it away, for a kind that cleans up first; a delete of many does not ask. */
  beginDelete?(object: T, now: number): KubeObject
}

export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly format?: string
  readonly description: string
  /** 0 is shown always, 1 only with `-o wide`. */
  readonly priority: number
}

/** All entries, looked up in every way that requests need. */
export interface Catalogue {
  readonly entries: readonly ResourceEntry[]
  byResource(group: string, version: string, resource: string): ResourceEntry | undefined
  byKind(group: string, version: string, kind: string): ResourceEntry | undefined
}
