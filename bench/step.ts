import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { type Cloudflare, startCloudflare } from '../rehearsal/cloudflare/server.ts'
import { runBundle } from '../test/support/bundle.ts'
import { installWrangler } from '../test/support/wrangler.ts'
import { interleave } from './measure.ts'
import type { Figure } from './run.ts'

const ACCOUNT = '0123456789abcdef0123456789abcdef'
const TOKEN = 'bench-token'
const PROJECT = 'bench'
const WARM_AIM = 1.15
const COLD_AIM = 5000

/**
 * The deploy-pages step, proof included, beside `wrangler pages deploy` alone: the same wrangler, the same folder, the
 * same embedded Cloudflare. Warm steps share a tool cache; a cold one starts without tool cache and npm cache.
 */
export async function measureStep(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'))
  try {
    await using cloudflare = await startCloudflare({
      accountId: ACCOUNT,
      apiToken: TOKEN,
      projects: [{ name: PROJECT, productionBranch: 'main' }],
    })
    const site = await writeSite(join(folder, 'site'))
    const { bin } = await installWrangler()
    const warm = (name: string) => ({ RUNNER_TOOL_CACHE: join(folder, name) })
    await step(cloudflare, site, warm('tools'))
    const timings = await interleave(9, {
      plain: () => plainWrangler(cloudflare, bin, site),
      warm: () => step(cloudflare, site, warm('tools')),
    })
    const cold = await timeCold(folder, (env) => step(cloudflare, site, env))
    return figures(timings.plain.median, timings.warm.median, cold)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function figures(plain: number, warm: number, cold: number): readonly Figure[] {
  const ratio = warm / plain
  const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`
  return [
    {
      what: 'deploy-pages, warm, against plain wrangler',
      measured: `${ratio.toFixed(2)} × (${seconds(warm)} and ${seconds(plain)})`,
      aim: `at most ${WARM_AIM} ×`,
      met: ratio <= WARM_AIM,
    },
    {
      what: 'deploy-pages, cold (no tool cache, no npm cache)',
      measured: `${seconds(cold)}, ${(cold / plain).toFixed(1)} × plain wrangler`,
      aim: 'under 5 s',
      met: cold < COLD_AIM,
    },
  ]
}

async function timeCold(folder: string, work: (env: Record<string, string>) => Promise<void>): Promise<number> {
  const times: number[] = []
  for (const round of [1, 2, 3]) {
    const started = performance.now()
    await work({ RUNNER_TOOL_CACHE: join(folder, `cold-${round}`), npm_config_cache: join(folder, `npm-${round}`) })
    times.push(performance.now() - started)
  }
  return times.toSorted((one, other) => one - other)[1] ?? Number.NaN
}

async function writeSite(folder: string): Promise<string> {
  await mkdir(join(folder, 'assets'), { recursive: true })
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Bench</title><p>Bench</p>\n')
  for (let file = 0; file < 40; file += 1) {
    await writeFile(join(folder, 'assets', `part-${file}.js`), `export const part = ${file}\n`.repeat(800))
  }
  return folder
}

async function step(cloudflare: Cloudflare, site: string, env: Record<string, string>): Promise<void> {
  const result = await runBundle('deploy-pages', {
    inputs: {
      'api-token': TOKEN,
      'account-id': ACCOUNT,
      'project-name': PROJECT,
      directory: site,
      'github-token': 'bench-token',
    },
    env: { ...registry(), CLOUDFLARE_API_BASE_URL: cloudflare.apiBaseUrl, ...env },
  })
  if (result.exitCode !== 0) throw new Error(`The step failed:\n${result.stdout}${result.stderr}`)
}

async function plainWrangler(cloudflare: Cloudflare, bin: string, site: string): Promise<void> {
  const args = [bin, 'pages', 'deploy', site, '--project-name', PROJECT, '--branch', 'main', '--commit-dirty=true']
  const env = {
    PATH: process.env['PATH'],
    CI: 'true',
    CLOUDFLARE_API_TOKEN: TOKEN,
    CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
    CLOUDFLARE_API_BASE_URL: cloudflare.apiBaseUrl,
    WRANGLER_SEND_METRICS: 'false',
  }
  const child = spawn(process.execPath, args, { stdio: 'ignore', cwd: join(site, '..'), env })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`Plain wrangler ended with ${code}.`)
}

/** Where npm finds packages on this machine: a mirror is no business of the bench. */
function registry(): Record<string, string> {
  const names = ['HOME', 'npm_config_registry', 'NODE_EXTRA_CA_CERTS', 'HTTPS_PROXY', 'NO_PROXY']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}
