/** Whether a checks file has the shape that checks.schema.json gives it. */
import { isChecksFile } from './is-checks-file.js'
import type { Problems, Source } from './problems.ts'
import type { RawCheck, RawDefaults, RawFile } from './raw.ts'

export interface Shape {
  readonly defaults: RawDefaults
  /** Those that fit, by their index in the file. */
  readonly checks: ReadonlyMap<number, RawCheck>
}

/** @returns undefined when the file as a whole cannot be read on; a mistake within a check leaves the others readable */
export async function checkShape(source: Source, problems: Problems): Promise<Shape | undefined> {
  if (isFile(source.value)) {
    const { defaults = {}, checks } = source.value
    return { defaults, checks: new Map(checks.entries()) }
  }
  const { explainShape } = await loadSchema()
  return explainShape(source, problems)
}

/** Within the bundle, and evaluated only where there is a mistake to explain: Ajv takes a tenth of a second to begin. */
export function loadSchema(): Promise<typeof import('./schema.ts')> {
  return import(/* webpackMode: "eager" */ './schema.ts')
}

function isFile(value: unknown): value is RawFile {
  return isChecksFile(value)
}
