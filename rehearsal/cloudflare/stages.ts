/** The stages of a Pages deployment and where a deployment stands in them. */

const STAGE_NAMES = ['queued', 'initialize', 'clone_repo', 'build', 'deploy'] as const

export type StageName = (typeof STAGE_NAMES)[number]
export type StageStatus = 'success' | 'idle' | 'active' | 'failure' | 'canceled'

export interface Stage {
  readonly name: StageName
  /** ISO 8601; null until the stage began. */
  readonly started_on: string | null
  readonly ended_on: string | null
  readonly status: StageStatus
}

export interface Standing {
  readonly stage: StageName
  readonly status: StageStatus
}

/**
 * Where a deployment stands after it was read back `reads` times of the `needed` ones. On the way it is `active` in a
 * stage before `deploy`: wrangler stops asking at `deploy` whatever its status.
 */
export function standingAfter(reads: number, needed: number, final: Standing): Standing {
  if (reads >= needed) return final
  const before = STAGE_NAMES.slice(0, -1)
  const stage = before[Math.floor((reads * before.length) / needed)] ?? 'queued'
  return { stage, status: 'active' }
}

/** Every stage in order: those before the standing one succeeded, those after it are idle. */
export function stagesOf(standing: Standing, began: string, now: string): readonly Stage[] {
  const position = STAGE_NAMES.indexOf(standing.stage)
  return STAGE_NAMES.map((name, index) => {
    if (index < position) return { name, started_on: began, ended_on: began, status: 'success' }
    if (index > position) return { name, started_on: null, ended_on: null, status: 'idle' }
    const ended = standing.status !== 'active' && standing.status !== 'idle'
    return { name, started_on: began, ended_on: ended ? now : null, status: standing.status }
  })
}
