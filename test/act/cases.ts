/** What both runners are given. */
import { makeAgeKeys } from '../../rehearsal/age-keys.ts'
import type { RehearseOptions } from '../../rehearsal/options.ts'

export interface Case {
  readonly name: string
  /** Default: `deploy-pages.yml`. */
  readonly template?: string
  readonly options: Partial<RehearseOptions>
  /** What is changed in the template, so that a branch of it is taken that is not usually. */
  readonly edit?: readonly [text: string | RegExp, replacement: string]
}

/** Of the commits, which are the same in both runs then, and with them all bytes. */
export const date = new Date('2026-01-01T00:00:00Z')

/** Made up, and the same in both runs. */
export const settings = {
  secrets: { CLOUDFLARE_API_TOKEN: 'the-token-of-both-runs-0123456789abcdef' },
  vars: { CLOUDFLARE_ACCOUNT_ID: '0123456789abcdef0123456789abcdef' },
}

/** Without a pair of its own, each run would have made one up. */
const snapshots = await makeAgeKeys()

export const cases: readonly Case[] = [
  { name: 'push-main', options: { event: 'push' } },
  { name: 'push-develop', options: { event: 'push', branch: 'develop' } },
  { name: 'pull-request', options: { event: 'pull_request', branch: 'fix/tides' } },
  { name: 'pull-request-from-fork', options: { event: 'pull_request', branch: 'main', fork: 'stranger' } },
  {
    name: 'artifact-lost',
    options: { event: 'push' },
    edit: [/(download-artifact[\s\S]*?name: )site/, '$1gone'],
  },
  {
    name: 'manual-production',
    options: { event: 'workflow_dispatch', inputs: { environment: 'production', reason: 'Hotfix' } },
  },
  { name: 'nothing-built', options: { event: 'push' }, edit: ['OUTPUT: dist', 'OUTPUT: out'] },
  {
    name: 'deployment-fails',
    options: { event: 'push', behaviour: { stages: { stage: 'deploy', status: 'failure' } } },
  },
  {
    name: 'rotate-secret',
    template: 'rotate-secrets.yml',
    options: { event: 'schedule', secrets: { ...settings.secrets, NEXTAUTH_SECRET: 'the-old-value-of-both-runs' } },
    // One value in both runs, and no deployment: act runs one workflow at a time.
    edit: [
      /generator: base64:32.*\n([\s\S]*?)redeploy: \|\n(?: {12}.*\n)+/,
      "generator: 'command: printf %s the-new-value-of-both-runs'\n$1redeploy: none\n",
    ],
  },
  {
    name: 'snapshot',
    template: 'snapshot.yml',
    options: {
      event: 'workflow_dispatch',
      inputs: { operation: 'create' },
      secrets: {
        ...settings.secrets,
        SNAPSHOT_IDENTITY: snapshots.identity,
        AWS_ACCESS_KEY_ID: 'the-key-id-of-both-runs',
        AWS_SECRET_ACCESS_KEY: 'the-key-of-both-runs',
      },
      vars: { ...settings.vars, SNAPSHOT_RECIPIENTS: snapshots.recipient },
    },
  },
]

/** @throws Error where the template has nothing like it */
export function edited(text: string, edit: Case['edit']): string {
  if (edit === undefined) return text
  const changed = text.replace(...edit)
  if (changed === text) throw new Error(`The template has nothing like ${String(edit[0])}.`)
  return changed
}
