import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { readManifest } from '../scripts/action-yml.ts'
import { root } from '../scripts/actions.ts'
import { interleave } from './measure.ts'
import type { Figure } from './run.ts'

const CHECKS = 1000
const CONCURRENCY = 64
const RATIO_AIM = 2
const MEMORY_AIM = 200

const ResourceUsage = v.object({ userCPUTime: v.number(), systemCPUTime: v.number(), maxRSS: v.number() })

/** What a child process came to. */
interface Usage {
  /** Milliseconds of processor time, all threads. */
  readonly cpu: number
  /** Of its memory, in megabytes. */
  readonly peak: number
}

/** The smoke-check step with many checks, in either form, beside a loop that makes the same requests and judges nothing. */
export async function measureSmoke(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'))
  const server = createServer((_, response) => response.end('{"status":"ok"}')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The server has no port.')
    const url = `http://127.0.0.1:${address.port}/healthz`
    await writeFile(join(folder, 'checks.yml'), checksFile(url))
    const bundle = `${root}dist/smoke-check/index.js`
    const usages: Record<'loop' | 'urls' | 'checks', Usage[]> = { loop: [], urls: [], checks: [] }
    const timings = await interleave(7, {
      loop: async () => void usages.loop.push(await child(folder, ['--eval', LOOP], { TARGET: url })),
      urls: async () => void usages.urls.push(await child(folder, [bundle], inputs({ urls: quickForm(url) }))),
      checks: async () => void usages.checks.push(await child(folder, [bundle], inputs({ checks: 'checks.yml' }))),
    })
    return (['urls', 'checks'] as const).flatMap((form) => {
      const wall = { action: timings[form].median, loop: timings.loop.median }
      const cpu = { action: medianCpu(usages[form]), loop: medianCpu(usages.loop) }
      return figures(form, wall, cpu, Math.max(...usages[form].map(({ peak }) => peak)))
    })
  } finally {
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function quickForm(url: string): string {
  return Array.from({ length: CHECKS }, (_, number) => `check-${number}=${url}/${number} 200`).join('\n')
}

function checksFile(url: string): string {
  const checks = Array.from(
    { length: CHECKS },
    (_, number) =>
      `  - name: check ${number}\n    url: ${url}/${number}\n    status: 200\n    json: { $.status: { equals: ok } }\n`,
  )
  return `version: 1\nchecks:\n${checks.join('')}`
}

function medianCpu(usages: readonly Usage[]): number {
  const sorted = usages.map(({ cpu }) => cpu).toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

interface Times {
  readonly action: number
  readonly loop: number
}

function figures(form: string, wall: Times, cpu: Times, peak: number): readonly Figure[] {
  const what = `smoke-check, ${CHECKS.toLocaleString('en')} checks under ${form}`
  return [
    against(`${what}, time against a bare loop of the same requests`, wall),
    against(`${what}, processor time against that loop`, cpu),
    {
      what: `${what}, peak memory`,
      measured: `${peak.toFixed(0)} MB`,
      aim: `under ${MEMORY_AIM} MB`,
      met: peak < MEMORY_AIM,
    },
  ]
}

function against(what: string, { action, loop }: Times): Figure {
  const ratio = action / loop
  const measured = `${ratio.toFixed(2)} × (${action.toFixed(0)} and ${loop.toFixed(0)} ms)`
  return { what, measured, aim: `at most ${RATIO_AIM} ×`, met: ratio <= RATIO_AIM }
}

/** Each request on a connection of its own, as the action makes them; the body is read and thrown away. */
const LOOP = `
  const { get } = require('node:http')
  let next = 0
  const one = () => new Promise((resolve, reject) => {
    const request = get(process.env.TARGET + '/' + next++, { agent: false }, (response) => response.resume().on('end', resolve))
    request.on('error', reject)
  })
  const lane = async () => { while (next < ${CHECKS}) await one() }
  Promise.all(Array.from({ length: ${CONCURRENCY} }, lane)).catch((error) => { console.error(error); process.exitCode = 1 })
`

/** The action's own defaults, in one healthy round. */
function inputs(checked: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const declared = Object.entries(readManifest('smoke-check').inputs)
  const defaults = declared.map(([name, input]): readonly [string, string] => [name, input.default ?? ''])
  const given = { ...Object.fromEntries(defaults), ...checked, successes: '1', concurrency: `${CONCURRENCY}` }
  const variables = Object.entries(given).map(([name, value]): readonly [string, string] => [
    `INPUT_${name.toUpperCase()}`,
    value,
  ])
  return Object.fromEntries(variables)
}

async function child(folder: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Usage> {
  const file = join(folder, 'usage')
  const report = `import { writeFileSync } from 'node:fs'
    process.on('exit', () => writeFileSync(${JSON.stringify(file)}, JSON.stringify(process.resourceUsage())))`
  const started = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(report)}`, ...args], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env['PATH'], ...env },
  })
  const [code] = await once(started, 'close')
  if (code !== 0) throw new Error(`${args[0]} ended with exit code ${code}.`)
  const { userCPUTime, systemCPUTime, maxRSS } = v.parse(ResourceUsage, JSON.parse(await readFile(file, 'utf8')))
  return { cpu: (userCPUTime + systemCPUTime) / 1000, peak: maxRSS / 1024 }
}
