/** The command line of a rehearsal. */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type MergeMethod, mergeMethods } from './by-hand.ts'
import { eventChoices } from './choice.ts'
import { messageOf, RehearsalError } from './errors.ts'
import { type Fault, FaultSet, faultGrammar, parseFault } from './faults.ts'
import { checkout, ownStandIns } from './folders.ts'
import { readHistory } from './history-file.ts'
import type { EventChoice, NextOptions, RehearseOptions } from './options.ts'
import { exampleOf, scenarios } from './permissions/scenarios.ts'
import { standInNames } from './runner/action.ts'
import type { Approvals } from './runner/approvals.ts'

/** A run after the first, and the merge that leads to it. */
export interface Then {
  readonly merge: { readonly number: number; readonly method: MergeMethod } | undefined
  readonly run: NextOptions
}

export interface Arguments {
  readonly options: RehearseOptions
  readonly rerun: boolean
  /** In force in the attempt after the first. */
  readonly rerunFaults: readonly Fault[]
  /** The runs after it. */
  readonly next: readonly Then[]
  readonly json: string | undefined
  readonly keep: boolean
  readonly verbose: boolean
}

const ofFullstack = new Intl.ListFormat('en-GB').format(
  Object.keys(scenarios).filter((name) => exampleOf(name) === 'fullstack'),
)

export const help = `Rehearses a workflow on this machine: the real file, the real actions and the real wrangler, against an
embedded GitHub and an embedded Cloudflare Pages. It needs no account, no token and no Docker.

  npm run rehearse -- [FILE] [options]

FILE is the workflow, by default workflows/deploy-pages.yml.

  --repository DIR       the folder that stands for the repository (default: examples/site, and examples/fullstack for the
                         pack's own ${ofFullstack})
  --event EVENT          push, pull_request, workflow_dispatch, schedule, workflow_run, or tag for the push of a tag
                         (default: the first that the workflow has)
  --branch BRANCH        the branch that is pushed or dispatched on (main); for a pull request, or the run before a
                         workflow_run, its head (feature)
  --tag TAG              the tag that is pushed with --event tag (v1.0.0)
  --schedule CRON        which of the workflow's schedules fires, with --event schedule or without (its first)
  --actor LOGIN          who caused it; dependabot[bot] gets no secrets, as on GitHub
  --fork OWNER           the pull request, or the run before a workflow_run, comes from a fork of OWNER: as on GitHub a
                         pull request then gets no secrets and a token that cannot write, a workflow_run gets both
  --title TITLE          of the pull request (feat: work on BRANCH)
  --conclusion RESULT    of the run before a workflow_run: success, failure or cancelled (success)
  --input NAME=VALUE     an input of workflow_dispatch; repeatable, as are the next two
  --secret NAME=VALUE    a secret; those not given are made up and listed
  --var NAME=VALUE       a variable; likewise
  --history FILE         commits on top of the folder's files and the workflow, oldest first, as YAML or JSON: a list of
                         { message, branch, from, files: { PATH: TEXT }, merge: BRANCH, pullRequest, tag }, of which
                         each has a message or a merge; see docs/design.md
  --approve ENVIRONMENT  its reviewers approve each job that has the environment; repeatable
  --reject ENVIRONMENT   they reject it, so the job never starts; repeatable, both are for the runs of --then too
  --cancel-after STEP    cancels the run when the step of that name or id has ended; one without a name is called as
                         GitHub shows it: "Run actions/checkout@v7"
  --fault SPEC           lets something fail, see below; repeatable
  --rerun                runs the same run again as its next attempt, when it is over: the embedded services keep what
                         they have; --cancel-after and --fault are for the first attempt only
  --rerun-fault SPEC     runs it again, and lets something fail in the next attempt; repeatable
  --then 'EVENT [NAME=VALUE ...]'
                         another run of the workflow when the first one is over, re-run included, with these inputs;
                         repeatable, one after the other: the embedded services keep what they have, artifacts
                         included, and --cancel-after and --fault are not for it. After schedule comes the cron:
                           --then 'workflow_dispatch operation=verify snapshot=latest' --then 'schedule 17 2 * * *'
                         After push and pull_request comes the branch, after tag the tag. 'merge NUMBER [METHOD]' merges
                         an open pull request (merge, squash or rebase), and the run is of the push that this makes
  --json FILE            writes jobs, steps, outputs, summaries, logs, deployments and every request; with
                         --rerun or --then a list of all attempts and runs
  --keep                 keeps the doubles listening and the files in place until Ctrl-C
  --verbose              prints the steps' logs in full
  --help                 prints this

${faultGrammar}

Actions of others have stand-ins: ${standInNames([ownStandIns]).join(', ')}.
Ctrl-C cancels the run as GitHub would: post steps still run. A second one ends everything at once.
Exit code: 0 when the workflow succeeds, 1 when it fails or is cancelled, 130 after Ctrl-C, 2 when it cannot be
rehearsed as asked; with --rerun or --then the last attempt or run counts.
`

/** @returns undefined when help is asked for @throws RehearsalError for what is not understood */
export function parseArguments(args: readonly string[]): Arguments | undefined {
  const { values, positionals } = parse(args)
  if (values.help === true) return undefined
  if (positionals.length > 1) throw new RehearsalError(`One workflow at a time: ${positionals.join(', ')}. See --help.`)
  const { branch, tag, actor, title, fork, schedule, 'cancel-after': cancelAfter } = values
  const history = values.history === undefined ? undefined : readHistory(values.history)
  const workflow = positionals[0] ?? join(checkout, 'workflows', 'deploy-pages.yml')
  const event = oneOf('--event', values.event, eventChoices)
  const conclusion = oneOf('--conclusion', values.conclusion, conclusions)
  return {
    options: {
      workflow,
      repository: values.repository ?? join(checkout, 'examples', exampleFor(workflow)),
      ...given({ event, branch, tag, actor, title, fork, schedule, conclusion, cancelAfter, history }),
      approvals: approvalsOf(values),
      faults: new FaultSet(values.fault?.map(parseFault)),
      inputs: pairs('--input', values.input),
      secrets: pairs('--secret', values.secret),
      vars: pairs('--var', values.var),
    },
    rerun: values.rerun === true || values['rerun-fault'] !== undefined,
    rerunFaults: (values['rerun-fault'] ?? []).map(parseFault),
    next: (values.then ?? []).map(thenOf),
    json: values.json,
    keep: values.keep === true,
    verbose: values.verbose === true,
  }
}

function thenOf(spec: string): Then {
  const [, number, method = 'merge'] = /^merge(?:\s+(\S+)(?:\s+(\S+))?)?\s*$/.exec(spec.trim()) ?? []
  if (!/^merge\b/.test(spec.trim())) return { merge: undefined, run: nextRun(spec) }
  const known = oneOf('--then merge', method, mergeMethods)
  if (number !== undefined && /^[1-9]\d*$/.test(number) && known) {
    return { merge: { number: Number(number), method: known }, run: { event: 'push' } }
  }
  throw new RehearsalError(`--then '${spec}': after merge comes the number of a pull request.`)
}

function approvalsOf({ approve = [], reject = [] }: { approve?: string[]; reject?: string[] }): Approvals {
  const both = approve.find((name) => reject.includes(name))
  if (both !== undefined) throw new RehearsalError(`${both} is either approved or rejected.`)
  const all = [approve.map((name) => [name, 'approved'] as const), reject.map((name) => [name, 'rejected'] as const)]
  return Object.fromEntries(all.flat())
}

/** `workflow_dispatch operation=list`: a value may have spaces, as long as no word of it looks like the next name. */
function nextRun(spec: string): NextOptions {
  const [, word = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(spec.trim()) ?? []
  const event = oneOf<EventChoice>('--then', word, eventChoices)
  if (event === 'schedule') return { event, ...(rest !== '' && { schedule: rest }) }
  if (event === 'tag') return { event, ...(rest !== '' && { tag: rest }) }
  if (event === 'push' || event === 'pull_request') return { event, ...(rest !== '' && { branch: rest }) }
  const inputs = rest === '' ? [] : rest.split(/\s+(?=[\w-]+=)/)
  return { ...(event && { event }), inputs: pairs('--then', inputs) }
}

/** The example that the pack's own template is about; of any other workflow, the site. */
function exampleFor(workflow: string): string {
  const own = Object.keys(scenarios).find((name) => join(checkout, 'workflows', name) === resolve(workflow))
  return exampleOf(own ?? '')
}

const conclusions = ['success', 'failure', 'cancelled'] as const

function oneOf<T extends string>(option: string, value: string | undefined, allowed: readonly T[]): T | undefined {
  const found = allowed.find((candidate) => candidate === value)
  if (value === undefined || found !== undefined) return found
  throw new RehearsalError(`${option} ${value}: it is one of ${allowed.join(', ')}.`)
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        repository: { type: 'string' },
        event: { type: 'string' },
        branch: { type: 'string' },
        tag: { type: 'string' },
        actor: { type: 'string' },
        title: { type: 'string' },
        fork: { type: 'string' },
        conclusion: { type: 'string' },
        input: { type: 'string', multiple: true },
        secret: { type: 'string', multiple: true },
        var: { type: 'string', multiple: true },
        schedule: { type: 'string' },
        history: { type: 'string' },
        approve: { type: 'string', multiple: true },
        reject: { type: 'string', multiple: true },
        'cancel-after': { type: 'string' },
        fault: { type: 'string', multiple: true },
        rerun: { type: 'boolean' },
        'rerun-fault': { type: 'string', multiple: true },
        // biome-ignore lint/suspicious/noThenProperty: the option's name; nobody awaits this object.
        then: { type: 'string', multiple: true },
        json: { type: 'string' },
        keep: { type: 'boolean' },
        verbose: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new RehearsalError(`${describe(error)} See --help.`)
  }
}

/** Node's own words are about its API: how to write a positional argument, for example. */
function describe(error: unknown): string {
  const [first = ''] = messageOf(error).split('\n')
  const [, unknown] = /^Unknown option '([^']+)'/.exec(first) ?? []
  return unknown === undefined ? first.replace(/[^.]$/, '$&.') : `There is no option ${unknown}.`
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function given<T extends Readonly<Record<string, unknown>>>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>
}

function pairs(option: string, list: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    list.map((item) => {
      const at = item.indexOf('=')
      // What was given for a secret may be its value.
      const shown = option === '--secret' ? option : `${option} ${item}`
      if (at <= 0) throw new RehearsalError(`${shown}: write it as NAME=VALUE.`)
      return [item.slice(0, at), item.slice(at + 1)]
    }),
  )
}
