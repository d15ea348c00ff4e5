import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readManifest } from '../scripts/action-yml.ts'
import { root } from '../scripts/actions.ts'
import { interleave } from './measure.ts'
import type { Figure } from './run.ts'

const CHECKS = 1000
const CONCURRENCY = 64
const RATIO_AIM = 2
const MEMORY_AIM = 200

/** The smoke-check step with many checks, beside a loop that makes the same requests and judges nothing. */
export async function measureSmoke(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'))
  const server = createServer((_, response) => response.end('{"status":"ok"}')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The server has no port.')
    const url = `http://127.0.0.1:${address.port}/healthz`
    const urls = Array.from({ length: CHECKS }, (_, number) => `check-${number}=${url}/${number} 200`).join('\n')
    const peaks: number[] = []
    const timings = await interleave(7, {
      loop: () => child(folder, ['--eval', LOOP], { TARGET: url }).then(() => {}),
      action: async () => void peaks.push(await child(folder, [`${root}dist/smoke-check/index.js`], inputs(urls))),
    })
    return figures(timings.action.median, timings.loop.median, Math.max(...peaks))
  } finally {
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function figures(action: number, loop: number, peak: number): readonly Figure[] {
  const ratio = action / loop
  return [
    {
      what: `smoke-check, ${CHECKS.toLocaleString('en')} checks, against a bare loop of the same requests`,
      measured: `${ratio.toFixed(2)} × (${action.toFixed(0)} and ${loop.toFixed(0)} ms)`,
      aim: `at most ${RATIO_AIM} ×`,
      met: ratio <= RATIO_AIM,
    },
    {
      what: `smoke-check, ${CHECKS.toLocaleString('en')} checks, peak memory`,
      measured: `${peak.toFixed(0)} MB`,
      aim: `under ${MEMORY_AIM} MB`,
      met: peak < MEMORY_AIM,
    },
  ]
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
function inputs(urls: string): Readonly<Record<string, string>> {
  const declared = Object.entries(readManifest('smoke-check').inputs)
  const defaults = declared.map(([name, input]): readonly [string, string] => [name, input.default ?? ''])
  const given = { ...Object.fromEntries(defaults), urls, successes: '1', concurrency: `${CONCURRENCY}` }
  const variables = Object.entries(given).map(([name, value]): readonly [string, string] => [
    `INPUT_${name.toUpperCase()}`,
    value,
  ])
  return Object.fromEntries(variables)
}

/** @returns the peak of its memory, in megabytes */
async function child(folder: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const peak = join(folder, 'peak')
  const report = `import { writeFileSync } from 'node:fs'
    process.on('exit', () => writeFileSync(${JSON.stringify(peak)}, String(process.resourceUsage().maxRSS)))`
  const started = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(report)}`, ...args], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env['PATH'], ...env },
  })
  const [code] = await once(started, 'close')
  if (code !== 0) throw new Error(`${args[0]} ended with exit code ${code}.`)
  return Number(await readFile(peak, 'utf8')) / 1024
}
