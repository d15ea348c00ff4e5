/**
 * The second opinion: runs templates of the pack with the rehearsal and with nektos/act, against doubles of the
 * same make, and lays the two runs side by side. Exit code 0 when they agree, 1 when they differ.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { RehearseOptions } from '../../rehearsal/options.ts'
import { openRehearsal } from '../../rehearsal/rehearse.ts'
import type { JobReport } from '../../rehearsal/runner/report.ts'
import { root } from '../../scripts/actions.ts'
import { takeDepartures } from '../support/exchanges.ts'
import { type Account, accountOf, type JobAccount } from './account.ts'
import { runWithAct, versionOf } from './act.ts'
import { compare } from './compare.ts'

const usage = `Usage: npm run test:act -- [--act FILE] [CASE…]

  --act FILE   the act to ask (default: the one on PATH)
`

interface Case {
  readonly name: string
  /** Default: `deploy-pages.yml`. */
  readonly template?: string
  readonly options: Partial<RehearseOptions>
  /** What is changed in the template, so that a branch of it is taken that is not usually. */
  readonly edit?: readonly [text: string | RegExp, replacement: string]
}

/** Of the commits, which are the same in both runs then, and with them all bytes. */
const date = new Date('2026-01-01T00:00:00Z')

/** Made up, and the same in both runs. */
const settings = {
  secrets: { CLOUDFLARE_API_TOKEN: 'the-token-of-both-runs-0123456789abcdef' },
  vars: { CLOUDFLARE_ACCOUNT_ID: '0123456789abcdef0123456789abcdef' },
}

const cases: readonly Case[] = [
  { name: 'push-main', options: { event: 'push' } },
  { name: 'push-develop', options: { event: 'push', branch: 'develop' } },
  { name: 'pull-request', options: { event: 'pull_request', branch: 'fix/tides' } },
  { name: 'pull-request-from-fork', options: { event: 'pull_request', branch: 'main', fork: 'stranger' } },
  {
    name: 'artifact-lost',
    options: { event: 'push' },
    edit: [/(download-artifact[\s\S]*?name: )site/, '$1gone'],
  },
  {
    name: 'manual-production',
    options: { event: 'workflow_dispatch', inputs: { environment: 'production', reason: 'Hotfix' } },
  },
  { name: 'nothing-built', options: { event: 'push' }, edit: ['OUTPUT: dist', 'OUTPUT: out'] },
  {
    name: 'deployment-fails',
    options: { event: 'push', behaviour: { stages: { stage: 'deploy', status: 'failure' } } },
  },
  {
    name: 'rotate-secret',
    template: 'rotate-secrets.yml',
    options: { event: 'schedule', secrets: { ...settings.secrets, NEXTAUTH_SECRET: 'the-old-value-of-both-runs' } },
    // One value in both runs, and no deployment: act runs one workflow at a time.
    edit: [
      /generator: base64:32.*\n([\s\S]*?)redeploy: \|\n(?: {12}.*\n)+/,
      "generator: 'command: printf %s the-new-value-of-both-runs'\n$1redeploy: none\n",
    ],
  },
]

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { act: { type: 'string', default: 'act' }, help: { type: 'boolean' } },
  })
  const chosen = cases.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  if (values.help === true || chosen.length === 0) {
    console.log(`${usage}  CASE         ${cases.map(({ name }) => name).join(', ')}`)
    return values.help === true ? 0 : 2
  }
  console.log(versionOf(values.act))
  const totals = { steps: 0, writes: 0, differences: 0 }
  for (const one of chosen) {
    const { lines, ...counts } = await runCase(one, values.act)
    const departures = await takeDepartures()
    console.log(`\n${[one.name, ...lines, ...departures].join('\n')}`)
    totals.steps += counts.steps
    totals.writes += counts.writes
    totals.differences += counts.differences + departures.length
  }
  return conclude(chosen.length, totals)
}

async function runCase({ name, template = 'deploy-pages.yml', options, edit }: Case, act: string) {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-act-'))
  const logs = join(root, 'node_modules', '.cache', 'slipway', 'act')
  await mkdir(logs, { recursive: true })
  try {
    const workflow = join(folder, template)
    await writeFile(workflow, apply(await readFile(`${root}workflows/${template}`, 'utf8'), edit))
    const repository = `${root}examples/site`
    const all: RehearseOptions = { workflow, repository, date, ...settings, ...options, cancel: interrupted.signal }
    return compare(await runWithRehearsal(all), await runWithAct(act, all, join(logs, `${name}.log`)))
  } finally {
    await rm(folder, { recursive: true })
  }
}

function apply(text: string, edit: Case['edit']): string {
  if (edit === undefined) return text
  const edited = text.replace(...edit)
  if (edited === text) throw new Error(`The template has nothing like ${String(edit[0])}.`)
  return edited
}

async function runWithRehearsal(options: RehearseOptions): Promise<Account> {
  await using open = await openRehearsal(options)
  return accountOf(open.report.jobs.map(toAccount), open)
}

function toAccount({ id, outcome, steps }: JobReport): JobAccount {
  return {
    id,
    result: outcome,
    steps: steps.map((step) => ({
      stage: step.stage,
      name: step.stage === 'main' ? step.name : step.name.replace(/^(Pre|Post) /, ''),
      outcome: step.outcome,
      conclusion: step.conclusion,
    })),
  }
}

interface Totals {
  readonly steps: number
  readonly writes: number
  readonly differences: number
}

/** A comparison that found nothing to compare proves nothing. */
function conclude(runs: number, { steps, writes, differences }: Totals): number {
  const compared = `${runs} runs, ${steps} steps and ${writes} writes compared`
  if (steps === 0 || writes === 0) console.log(`\n${compared}: too little to agree on.`)
  else console.log(`\n${compared}: ${differences === 0 ? 'act agrees.' : `${differences} differences.`}`)
  return differences === 0 && steps > 0 && writes > 0 ? 0 : 1
}
