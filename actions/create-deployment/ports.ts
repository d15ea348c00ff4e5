import type { Runner } from '../../src/action.ts'
import type { GitHubContext } from '../../src/context.ts'
import type { GitHub } from '../../src/github.ts'
import type { Asked } from './explain.ts'

export interface Ports {
  readonly runner: Runner
  readonly context: GitHubContext
  readonly github: GitHub
}

/** @param doing completes "GitHub refused to …" */
export function asking(doing: string, { runner, context }: Ports): Asked {
  return { doing, context, actor: runner.env['GITHUB_ACTOR'], signal: runner.signal }
}
