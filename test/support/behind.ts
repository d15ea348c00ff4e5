/** Deployments with the real wrangler to an embedded Cloudflare that is reached through something else. */
import { expect } from 'vitest'
import { type Cloudflare, startCloudflare } from '../../rehearsal/cloudflare/server.ts'
import { type Outcome, processesMentioning } from '../deploy-pages/faulty.ts'
import { ACCOUNT, deploy, errorOf, TOKEN, type Workspace, workspace } from '../deploy-pages/setup.ts'
import type { BundleOptions, RunningStep } from './bundle.ts'

export interface Behind<Before> {
  /** @param origin of the embedded Cloudflare @returns what stands before it, closed in the end */
  readonly start: (origin: string) => Promise<Before & { readonly origin: string } & AsyncDisposable>
  /** While the step runs. */
  readonly meanwhile?: (before: Before, step: RunningStep) => Promise<void>
  readonly site?: (site: Workspace) => Promise<void>
  readonly step?: BundleOptions
}

export async function deployBehind<Before>({ start, meanwhile, site: prepare, step }: Behind<Before>) {
  const projects = [{ name: 'site', productionBranch: 'main' }]
  await using cf = await startCloudflare({ accountId: ACCOUNT, apiToken: TOKEN, projects })
  const { origin } = new URL(cf.apiBaseUrl)
  await using before = await start(origin)
  await using site = await workspace()
  await prepare?.(site)
  const started = performance.now()
  const result = await deploy({ apiBaseUrl: cf.apiBaseUrl.replace(origin, before.origin) }, site, {
    deadline: 200_000,
    ...step,
    inputs: { 'retry-delays': '100ms', ...step?.inputs },
    meanwhile: async (child) => meanwhile?.(before, child),
  })
  const duration = performance.now() - started
  return outcomeOf(cf, site, { result, duration })
}

async function outcomeOf(
  { projects: [project], requests }: Cloudflare,
  site: Workspace,
  ended: Pick<Outcome, 'result' | 'duration'>,
): Promise<Outcome> {
  return {
    ...ended,
    deployments: (project?.deployments ?? []).map(({ id }) => id),
    canonical: project?.canonical_deployment?.id,
    leftovers: await processesMentioning(site.path),
    writes: requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`),
  }
}

/** Green, with one deployment that is proven, and nothing left running. @param causes of each failed attempt, in order */
export function expectLive({ result, deployments, canonical, leftovers }: Outcome, causes: readonly RegExp[] = []) {
  expect(errorOf(result)).toBe('')
  expect(result.exitCode).toBe(0)
  expect(deployments).toEqual([result.outputs['pages-deployment-id']])
  expect(canonical).toBe(deployments[0])
  expect(result.outputs['attempts']).toBe(String(causes.length + 1))
  expect(result.stdout).toContain('Proven: ')
  for (const [index, cause] of causes.entries()) {
    expect(result.summary).toMatch(new RegExp(`\\*\\*Attempt ${index + 1}\\*\\* \\| ${cause.source}`))
  }
  expect(leftovers).toEqual([])
}

/** Red, with cause and remedy in one error, without a stack, after this many uploads, and nothing left running. */
export function expectFailed({ result, leftovers }: Outcome, error: RegExp, { uploads }: { readonly uploads: number }) {
  expect(errorOf(result)).toMatch(error)
  expect(result.exitCode).toBe(1)
  expect(result.stdout.replaceAll(/^::debug::.*/gm, '')).not.toMatch(/\n {4}at /)
  expect(result.stdout.match(/::group::Upload/g) ?? []).toHaveLength(uploads)
  expect(leftovers).toEqual([])
}
