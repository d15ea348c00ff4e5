/** What the stand-ins of third-party actions are told about the far sides they cannot reach, and what they report. */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { JobState } from './job-state.ts'

export function standInEnvironment(state: JobState): Record<string, string> {
  const { folders } = state.run
  return {
    REHEARSAL_ORIGIN: pathToFileURL(folders.origin).href,
    REHEARSAL_ARTIFACTS: folders.artifacts,
    REHEARSAL_NODE: folders.node,
    REHEARSAL_TOKEN: state.token,
    REHEARSAL_PERMISSIONS: JSON.stringify(state.permissions),
    REHEARSAL_PERMISSION_USE: useFile(state),
    ...callersOwn(),
  }
}

/** A real trivy, which the caller has and wants to be used. */
function callersOwn(): Record<string, string> {
  const { REHEARSAL_TRIVY } = process.env
  return REHEARSAL_TRIVY === undefined || REHEARSAL_TRIVY === '' ? {} : { REHEARSAL_TRIVY }
}

/** A stand-in writes `contents: read` for what the real action would have used the job's token for. */
export async function reportPermissionUse(state: JobState): Promise<void> {
  const lines = await readFile(useFile(state), 'utf8').catch(() => '')
  await rm(useFile(state), { force: true })
  for (const line of lines.split('\n')) {
    const [permission = '', level] = line.split(': ')
    if (level === 'read' || level === 'write') state.run.far.notePermissionUse(state.job.id, permission, level)
  }
}

function useFile(state: JobState): string {
  return join(state.temp, '_permission_use')
}
