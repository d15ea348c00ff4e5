/** The trail that input `audit` names. */
import { fileTrail, type Trail } from './audit.ts'
import { branchTrail } from './audit-branch.ts'
import type { Inputs } from './inputs.ts'
import type { Ports } from './ports.ts'

export function openTrail({ audit }: Inputs, { workspace, trailApi, context }: Ports): Trail | undefined {
  if (audit === undefined) return undefined
  if (audit.kind === 'file') return fileTrail(audit.path, workspace)
  const { owner, repo, defaultBranch } = context
  return branchTrail(audit.branch, { api: trailApi, home: { owner, repo }, defaultBranch })
}
