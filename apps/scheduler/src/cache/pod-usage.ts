import type { PodInfo } from '../pod/pod-info.ts'
import type { PodTemplate } from '../pod/pod-template.ts'

/** Where the pods of one template run: row of the node → how many. */
export interface TemplateUsage {
  readonly all: Map<number, number>
  /** Of those, the ones that are being deleted: spreading does not count them. */
  readonly terminating: Map<number, number>
}

/**
 * Assigned pods by template. A question such as "which pods match this selector, and on which nodes" is asked once for
 * each template instead of once for each pod.
 */
export class PodUsage {
  readonly #usage = new Map<PodTemplate, TemplateUsage>()
  readonly #antiAffine = new Set<PodTemplate>()

  add(pod: PodInfo, row: number): void {
    let usage = this.#usage.get(pod.template)
    if (usage === undefined) {
      usage = { all: new Map(), terminating: new Map() }
      this.#usage.set(pod.template, usage)
      if (pod.template.antiAffinity.length > 0) this.#antiAffine.add(pod.template)
    }
    change(usage.all, row, 1)
    if (pod.terminating) change(usage.terminating, row, 1)
  }

  remove(pod: PodInfo, row: number): void {
    const usage = this.#usage.get(pod.template)
    if (usage === undefined) return
    change(usage.all, row, -1)
    if (pod.terminating) change(usage.terminating, row, -1)
    if (usage.all.size > 0) return
    this.#usage.delete(pod.template)
    this.#antiAffine.delete(pod.template)
  }

  entries(): Iterable<[PodTemplate, TemplateUsage]> {
    return this.#usage
  }

  /** Templates in use that have required anti-affinity. */
  *antiAffine(): Iterable<[PodTemplate, TemplateUsage]> {
    for (const template of this.#antiAffine) {
      const usage = this.#usage.get(template)
      if (usage !== undefined) yield [template, usage]
    }
  }
}

function change(counts: Map<number, number>, row: number, by: 1 | -1): void {
  const count = (counts.get(row) ?? 0) + by
  if (count === 0) counts.delete(row)
  else counts.set(row, count)
}
