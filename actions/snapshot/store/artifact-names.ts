/**
 * What the artifacts of a series are called. GitHub looks artifacts up by exact name alone, and one run holds a name
 * once. So a run's first manifest of a reason, and its first record, have names that a list can ask for. Those that follow
 * are called after their snapshots, which nobody can ask for: the run then has a marker, and a list looks through it.
 */
import type { Manifest, Verification } from '../manifest.ts'
import { parseId, REASONS, type Reason } from '../names.ts'
import * as objects from './object-names.ts'

export interface SmallNames {
  readonly first: string
  /** Where the first is taken. */
  readonly further: string
}

export function namesOfManifest({ id, series, reason }: Manifest): SmallNames {
  return { first: firstManifest(series, reason), further: objects.manifestName(id) }
}

export function namesOfRecord({ id, at }: Verification, series: string): SmallNames {
  return { first: firstRecord(series), further: objects.recordName(id, at) }
}

/** Says that its run has more than the first ones. */
export function markerName(series: string): string {
  return `slipway-more.${series}`
}

/** What a list always asks for, besides markers. */
export function firstNames(series: string): readonly string[] {
  return [...REASONS.map((reason) => firstManifest(series, reason)), firstRecord(series)]
}

function firstManifest(series: string, reason: Reason): string {
  return `slipway-snapshot.${series}.${reason}`
}

function firstRecord(series: string): string {
  return `slipway-verified.${series}`
}

/**
 * What to try one after the other for an archive, and for a manifest or record that is none of the first. A name is held
 * for the rest of its run by an upload that broke off, and by one whose address was lost with GitHub's answer.
 */
export function alternatives(name: string): readonly string[] {
  return [name, `${name}.2`, `${name}.3`]
}

/** Whether it is the name of a manifest or record that is none of the first. */
export function isFurther(name: string, series: string): boolean {
  const role = objects.roleOf(name.replace(/\.[23]$/, ''))
  return role !== undefined && role.role !== 'archive' && parseId(role.id)?.series === series
}
