/** Deployments with the real wrangler against a Cloudflare that is in trouble from a certain moment on. */
import { readdir, readFile } from 'node:fs/promises'
import { type CloudflareOptions, startCloudflare } from '../../rehearsal/cloudflare/server.ts'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import type { BundleOptions, BundleResult } from '../support/bundle.ts'
import { ACCOUNT, deploy, TOKEN, type Workspace, workspace } from './setup.ts'

export interface Trouble extends Omit<Partial<CloudflareOptions>, 'faults'> {
  /** As `--fault` takes them. */
  readonly faults?: readonly string[]
  /** They begin when this stands in the log: by default once the preflight is over, so that they meet wrangler. */
  readonly from?: string
  /** Done at the same moment. */
  readonly meanwhile?: (site: Workspace) => Promise<void>
  /** Instead of the usual site. */
  readonly site?: Readonly<Record<string, string>>
  /** Besides the site. */
  readonly files?: Readonly<Record<string, string>>
  readonly step?: BundleOptions
}

export interface Outcome {
  readonly result: BundleResult
  /** Ids of the deployments that Cloudflare has in the end, newest first. */
  readonly deployments: readonly string[]
  readonly canonical: string | undefined
  /** Command lines of what the step has left running. */
  readonly leftovers: readonly string[]
  /** Method and end of the path of each write, in order. */
  readonly writes: readonly string[]
  /** Milliseconds. */
  readonly duration: number
}

export async function deployInTrouble(trouble: Trouble): Promise<Outcome> {
  const { faults: specs = [], from = '::group::Upload', meanwhile, site: content, files, step, ...options } = trouble
  const faults = new FaultSet()
  const projects = [{ name: 'site', productionBranch: 'main' }]
  await using cf = await startCloudflare({ accountId: ACCOUNT, apiToken: TOKEN, projects, faults, ...options })
  await using site = await workspace(content)
  if (files !== undefined) await site.write(files)
  const started = performance.now()
  const result = await deploy(cf, site, {
    deadline: 200_000,
    ...step,
    inputs: { 'retry-delays': '100ms', 'live-timeout': '15s', ...step?.inputs },
    meanwhile: async (child) => {
      await child.prints(from)
      for (const spec of specs) faults.add(parseFault(spec))
      await meanwhile?.(site)
      await step?.meanwhile?.(child)
    },
  })
  const duration = performance.now() - started
  const [project] = cf.projects
  return {
    result,
    deployments: (project?.deployments ?? []).map(({ id }) => id),
    canonical: project?.canonical_deployment?.id,
    leftovers: await processesMentioning(site.path),
    writes: cf.requests
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path }) => `${method} ${path.replace(/^.*?\/(?=deployments|assets|projects$)/, '')}`),
    duration,
  }
}

/** Command lines of living processes, as Linux keeps them. */
export async function processesMentioning(text: string): Promise<readonly string[]> {
  return (await processes(text)).map(({ line }) => line)
}

export async function processes(text: string): Promise<readonly { readonly pid: number; readonly line: string }[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const all = await Promise.all(
    ids.map(async (id) => ({ pid: Number(id), line: await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '') })),
  )
  return all.filter(({ line }) => line.includes(text))
}
