import type { Runner } from '../../src/action.ts'
import type { GitHubContext } from '../../src/context.ts'
import type { GitHub } from '../../src/github.ts'
import type { Attempt } from './explain.ts'

export interface Ports {
  readonly runner: Runner
  readonly context: GitHubContext
  readonly github: GitHub
}

/** @param doing completes "GitHub refused to …" */
export function attempt(doing: string, { runner, context }: Ports): Attempt {
  return { doing, context, actor: runner.env['GITHUB_ACTOR'], signal: runner.signal }
}
