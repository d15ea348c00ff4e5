/** What the tests of `workflows/release.yml` share. */
import { expect } from 'vitest'
import type { Rehearsal, RehearseOptions } from '../../rehearsal/options.ts'
import { root } from '../../scripts/actions.ts'
import { type Edit, rehearseTemplate } from './support.ts'

export const workflow = `${root}workflows/release.yml`
export const repository = `${root}examples/fullstack`
export const SKIPPED = { staging: 'skipped', production: 'skipped', publish: 'skipped' }
export const UNTOUCHED = { test: 'skipped', scan: 'skipped', build: 'skipped', ...SKIPPED }
export const READY = { plan: 'success', test: 'success', scan: 'success', build: 'success' }

/** What a run has uploaded to Pages, in its order. */
export function made({ pages, requests }: Rehearsal): readonly string[] {
  const uploads = requests.cloudflare.filter(({ method, path }) => method === 'POST' && path.endsWith('/deployments'))
  return pages.slice(pages.length - uploads.length).map(({ environment, branch }) => `${environment} ${branch}`)
}

/** The deployments on GitHub of the run's commit, each with its last state. */
export function environments({ deployments, sha }: Rehearsal): readonly string[] {
  return deployments
    .filter((deployment) => deployment.sha === sha)
    .map(({ environment, statuses }) => `${environment}: ${statuses.at(-1)?.state}`)
}

/** A run of a tag on main, which would get to production. */
export function rehearseTag(options: Partial<RehearseOptions> = {}, ...edits: readonly Edit[]): Promise<Rehearsal> {
  return rehearseTemplate('release.yml', { repository, event: 'tag', tag: 'v1.3.0', ...options }, ...edits)
}

export function expectUntouched(report: Rehearsal): void {
  expect(report.pages.filter(({ environment }) => environment === 'production')).toEqual([])
  expect(report.services.find(({ name }) => name === 'production')?.deploys ?? []).toEqual([])
  const releases = report.requests.github.filter(
    ({ job, method, path }) => job !== 'release-please' && method !== 'GET' && path.includes('/releases'),
  )
  expect(releases).toEqual([])
}
