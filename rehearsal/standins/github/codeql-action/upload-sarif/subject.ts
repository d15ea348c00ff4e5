/** What the results are of: github/codeql-action src/git-utils.ts. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Failure, info, input, variable } from '../../../action.ts'

export interface Subject {
  readonly commit: string
  readonly ref: string
  /** Of a pull request. */
  readonly base: { readonly base_ref?: string; readonly base_sha?: string }
}

/** @throws Failure where only one of `ref` and `sha` is given */
export function subjectOf(checkout: string): Subject {
  const [ref, sha] = [input('ref'), input('sha')]
  if ((ref === '') !== (sha === '')) throw new Failure("Both 'ref' and 'sha' are required if one of them is provided.")
  const head = headOf(checkout)
  const commit = head ?? (sha || variable('GITHUB_SHA'))
  return { commit: sha || commit, ref: ref || refOf(commit), base: baseOf() }
}

function headOf(checkout: string): string | undefined {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: checkout, encoding: 'utf8' })
  if (status === 0) return stdout.trim()
  info('git call failed. Continuing with commit SHA from user input or environment.')
  return undefined
}

/** Who has checked out the head of a pull request reports on it and not on the merge. */
function refOf(commit: string): string {
  const ref = variable('GITHUB_REF')
  return commit === variable('GITHUB_SHA') ? ref : ref.replace(/^refs\/pull\/(\d+)\/merge$/, 'refs/pull/$1/head')
}

function baseOf(): Subject['base'] {
  if (variable('GITHUB_EVENT_NAME') !== 'pull_request') return {}
  const { base } = JSON.parse(readFileSync(variable('GITHUB_EVENT_PATH'), 'utf8')).pull_request
  return { base_ref: `refs/heads/${base.ref}`, base_sha: base.sha }
}
