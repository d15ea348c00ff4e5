/** What the gate decides, in words. */
import type { GitHubContext } from '../../src/context.ts'
import { ActionError } from '../../src/errors.ts'
import { MOST_PAGES } from './alerts.ts'
import { type Finding, SEVERITIES } from './finding.ts'
import type { Inputs } from './inputs.ts'
import { anyOf, count, shown } from './show.ts'

export type Baseline =
  | { readonly kind: 'none' | 'no-analysis' | 'off' }
  /** How many alerts there are; `isCut`: and more that were not read. */
  | { readonly kind: 'alerts'; readonly open: number; readonly critical: number; readonly isCut: boolean }

export interface Verdict {
  /** The findings that count against the gate, the worst first. */
  readonly left: readonly Finding[]
  /** How many others are open alerts, */
  readonly open: number
  /** and how many dismissed ones. */
  readonly dismissed: number
  readonly baseline: Baseline
}

type Said = Pick<Inputs, 'severities' | 'tool' | 'category'>
type Place = Pick<GitHubContext, 'defaultBranch' | 'owner' | 'repo' | 'serverUrl'>

export function branchOf({ defaultBranch }: Pick<GitHubContext, 'defaultBranch'>): string {
  return defaultBranch === undefined ? 'the default branch' : shown(defaultBranch)
}

export function severitiesOf({ severities }: Pick<Inputs, 'severities'>): string {
  return anyOf(SEVERITIES.filter((severity) => severities.has(severity)))
}

/** `2 findings are critical or high and not alerts of main yet; 1 of the same severities is known.` */
export function sentenceOf({ left, open, dismissed, baseline }: Verdict, inputs: Said, context: Place): string {
  const what = severitiesOf(inputs)
  const known = knownOf(open, dismissed)
  if (left.length === 0) return `No ${baselineIsAsked(baseline) ? 'new ' : ''}finding is ${what}${known}.`
  const [are, alerts] = left.length === 1 ? ['is', 'an alert'] : ['are', 'alerts']
  const yet = baselineIsAsked(baseline) ? ` and not ${alerts} of ${branchOf(context)} yet` : ''
  return `${count(left.length, 'finding')} ${are} ${what}${yet}${known}.`
}

function baselineIsAsked({ kind }: Baseline): boolean {
  return kind !== 'none'
}

function knownOf(open: number, dismissed: number): string {
  if (open + dismissed === 0) return ''
  const judged = dismissed === 0 ? '' : `, ${dismissed} of them dismissed`
  return `; ${open + dismissed} of the same severities ${open + dismissed === 1 ? 'is' : 'are'} known${judged}`
}

/** Findings that an annotation names. */
const MOST_NAMED = 5

export function objection(verdict: Verdict, inputs: Said, context: Place): ActionError {
  const { left, baseline } = verdict
  const named = left.slice(0, MOST_NAMED).map(nameOf).join(', ')
  const more = left.length > MOST_NAMED ? ` and ${left.length - MOST_NAMED} more` : ''
  const judge = baselineIsAsked(baseline)
    ? ` What is not to be mended now: once its upload has made it an alert of ${branchOf(context)}, open or dismissed there, it counts as known.`
    : ''
  return new ActionError(`${sentenceOf(verdict, inputs, context)} ${named}${more}.`, {
    hint: `Update the packages or mend the files that they name; the job summary has the table.${judge}`,
  })
}

function nameOf({ rule, packageName, path }: Finding): string {
  const where = packageName === undefined ? shown(path, 60) : `${shown(packageName, 60)}, ${shown(path, 60)}`
  return `${shown(rule, 60)} (${where})`
}

/** What people should know of the baseline, whatever the verdict. */
export function warningsOf({ baseline }: Verdict, inputs: Said, context: Place): readonly string[] {
  const text = noteOf(baseline, inputs, context)
  return text === undefined ? [] : [text]
}

/** Why the baseline is less than somebody may think. */
export function noteOf(baseline: Baseline, { tool }: Said, context: Place): string | undefined {
  const repository = `${context.owner}/${context.repo}`
  if (baseline.kind === 'no-analysis') {
    return `Nothing is known yet: ${repository} has no code scanning analysis of ${branchOf(context)}, so every finding counts as new. The first upload from ${branchOf(context)} ends that.`
  }
  if (baseline.kind === 'off') {
    return `Nothing is known: code scanning is not enabled for ${repository}, so every finding counts as new. Enable it under Settings > Advanced Security (a private repository needs GitHub Code Security), or set baseline to none.`
  }
  if (baseline.kind === 'alerts' && baseline.isCut) {
    return `${repository} has more alerts of ${shown(tool)} than the ${MOST_PAGES * 100} newest, which were read: a finding that is an older one counts as new.`
  }
  return undefined
}
