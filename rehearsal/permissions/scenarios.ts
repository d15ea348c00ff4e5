/**
 * For each template the runs in which its jobs need what they are granted. Every permission of every job stands in exactly one
 * of a template's scenarios; a new template, job or permission without one is an error of `npm run permissions`.
 */
import type { NextOptions, RehearseOptions } from '../options.ts'
import type { OpenRehearsal } from '../rehearse.ts'

export type RunChoice = Pick<NextOptions, 'event' | 'branch' | 'tag' | 'actor' | 'schedule' | 'inputs'>

/** What happens to the repository between two runs. */
export type Event = (open: OpenRehearsal) => unknown

export interface Scenario {
  /** Jobs whose permissions it proves, or `job: permission` for one of them. These run with what they need, and no others do. */
  readonly proves: readonly string[]
  /** For the page. */
  readonly when: string
  /** Below examples/ (default `site`). */
  readonly repository?: string
  /** Files of it that are other ones than in the example. */
  readonly files?: Readonly<Record<string, string>>
  /** A run of the whole template on the same stage, of another commit, and then what else comes before. */
  readonly before?: readonly [RunChoice, ...(RunChoice | Event)[]]
  readonly run: RunChoice
  readonly given?: Pick<RehearseOptions, 'secrets' | 'vars' | 'projects' | 'history'>
}

const push: RunChoice = { event: 'push' }
const nightly: RunChoice = { event: 'schedule', schedule: '17 2 * * *' }
const weekly: RunChoice = { event: 'schedule', schedule: '43 3 * * 0' }

/** A scan of the image that finds nothing, as a project has it whose base image is up to date. */
const cleanImage = {
  '.rehearsal/trivy/image.json': JSON.stringify({
    SchemaVersion: 2,
    ArtifactName: 'image',
    ArtifactType: 'container_image',
    Results: [{ Target: 'image (debian 12)', Class: 'os-pkgs', Type: 'debian', Vulnerabilities: [] }],
  }),
}

/** Builds of a year ago, more than are kept whatever their age. */
const oldBuilds: Event = ({ github }) => {
  const createdAt = new Date(Date.now() - 365 * 86_400_000)
  for (let count = 0; count < 14; count++) {
    github.addPackageVersion({ name: 'fullstack', createdAt, tags: [`sha-${count}`] })
  }
}

const feature = { message: 'feat: show the wind' }
const hotfix = [
  { branch: 'hotfix/wind', message: 'fix: the wind blows the right way' },
  { merge: 'hotfix/wind', pullRequest: { title: 'fix: the wind' } },
]

export const scenarios: Readonly<Record<string, readonly Scenario[]>> = {
  'ci.yml': [
    {
      proves: [
        'frontend-lint',
        'frontend-types',
        'frontend-build',
        'frontend-test',
        'api',
        'backend',
        'npm-audit',
        'pip-audit',
        'terraform',
      ],
      when: 'a pull request',
      repository: 'fullstack',
      run: { event: 'pull_request' },
    },
  ],
  'deploy-pages.yml': [
    { proves: ['build', 'deploy'], when: 'a push to `main`', run: push },
    // Whether a run belongs to its branch is asked of snapshots of other commits, of which a first run has none.
    { proves: ['snapshot'], when: 'a second push to `main`', before: [push], run: push },
  ],
  'image.yml': [
    {
      proves: ['build', 'publish', 'deploy'],
      when: 'a push to `main`',
      repository: 'fullstack',
      files: cleanImage,
      run: push,
    },
    {
      proves: ['cleanup'],
      when: 'the schedule, with old builds',
      repository: 'fullstack',
      files: cleanImage,
      before: [push, oldBuilds],
      run: { event: 'schedule' },
    },
  ],
  'release.yml': [
    {
      proves: ['release-please'],
      when: 'the first feature on `main`',
      repository: 'fullstack',
      given: { history: [feature] },
      run: push,
    },
    {
      proves: ['plan: pull-requests'],
      when: 'the merge of a hotfix',
      repository: 'fullstack',
      given: { history: hotfix },
      run: push,
    },
    {
      proves: ['plan: contents', 'test', 'scan', 'build', 'staging', 'production', 'publish'],
      when: 'a tag on `main`',
      repository: 'fullstack',
      run: { event: 'tag', tag: 'v1.1.0' },
    },
  ],
  'rotate-secrets.yml': [{ proves: ['nextauth-secret'], when: 'the schedule', run: { event: 'schedule' } }],
  'snapshot.yml': [
    { proves: ['create'], when: 'the nightly schedule', run: nightly },
    { proves: ['drill'], when: 'the weekly schedule, after a night', before: [nightly], run: weekly },
    {
      proves: ['inspect'],
      when: 'a restore by hand, after a night',
      before: [nightly],
      run: { event: 'workflow_dispatch', inputs: { operation: 'restore', snapshot: 'latest' } },
    },
  ],
  'trivy.yml': [
    {
      proves: ['dependencies', 'image', 'config', 'secrets'],
      when: 'a push to `main`',
      repository: 'fullstack',
      run: push,
    },
    { proves: ['keep-alive'], when: 'the schedule', repository: 'fullstack', run: { event: 'schedule' } },
  ],
}

/** Below examples/: what a template is rehearsed on, in all of its scenarios and where nobody names another. */
export function exampleOf(template: string): string {
  return scenarios[template]?.[0]?.repository ?? 'site'
}
