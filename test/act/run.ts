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
import { type Case, cases, date, edited, settings } from './cases.ts'
import { compare } from './compare.ts'

const usage = `Usage: npm run test:act -- [--act FILE] [CASE…]

  --act FILE   the act to ask (default: the one on PATH)
`

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
    await writeFile(workflow, edited(await readFile(`${root}workflows/${template}`, 'utf8'), edit))
    const repository = `${root}examples/site`
    const all: RehearseOptions = { workflow, repository, date, ...settings, ...options, cancel: interrupted.signal }
    return compare(await runWithRehearsal(all), await runWithAct(act, all, join(logs, `${name}.log`)))
  } finally {
    await rm(folder, { recursive: true })
  }
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
