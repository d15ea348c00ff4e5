/** Reads what act prints with `--json --verbose` as jobs and steps. */
import * as v from 'valibot'
import type { JobAccount, StepAccount } from './account.ts'

const Entry = v.object({
  msg: v.string(),
  jobID: v.optional(v.string()),
  step: v.optional(v.string()),
  stepID: v.optional(v.array(v.string())),
  stage: v.optional(v.picklist(['Pre', 'Main', 'Post'])),
  stepResult: v.optional(v.union([v.string(), v.number()])),
  jobResult: v.optional(v.string()),
})
type Entry = v.InferOutput<typeof Entry>

/** @param lines as printed; what is no JSON object of this shape is no news of a job */
export function readJobs(lines: readonly string[]): readonly JobAccount[] {
  const entries = lines.flatMap(parse)
  const ids = [...new Set(entries.flatMap(({ jobID }) => jobID ?? []))]
  return ids.map((id) => {
    const own = entries.filter(({ jobID }) => jobID === id)
    return {
      id,
      result: own.findLast(({ jobResult }) => jobResult !== undefined)?.jobResult ?? 'none',
      steps: own.flatMap((entry) => readStep(entry, own)),
    }
  })
}

function parse(line: string): readonly Entry[] {
  try {
    const entry = v.safeParse(Entry, JSON.parse(line))
    return entry.success ? [entry.output] : []
  } catch {
    return []
  }
}

/** A step has one entry with its outcome; act keeps the conclusion to itself, and says when it continues on error. */
function readStep({ msg, step, stage, stepID, stepResult }: Entry, entries: readonly Entry[]): readonly StepAccount[] {
  if (stage === undefined || step === undefined || typeof stepResult !== 'string') return []
  // Said of every action whose main part did not run, also of one that has no post part.
  if (stage === 'Post' && msg.startsWith('skipping post step')) return []
  const continued = entries.some(
    (other) =>
      other.stage === stage && other.stepID?.join() === stepID?.join() && other.msg === 'Failed but continue next step',
  )
  const name = stage.toLowerCase() as Lowercase<typeof stage>
  return [{ stage: name, name: step, outcome: stepResult, conclusion: continued ? 'success' : stepResult }]
}
