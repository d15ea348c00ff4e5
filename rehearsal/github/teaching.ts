/** What a rehearsal or a test tells the embedded GitHub about the repository and its past. */
import { addEnvironment, addOrganization, addRepository } from './accounts.ts'
import { addArtifact, type NewArtifact } from './artifacts/artifacts.ts'
import type { Dismissal } from './code-scanning/records.ts'
import { dismissAlert } from './code-scanning/teaching.ts'
import type { Dispatched } from './dispatch.ts'
import { type Branch, readBranch } from './git-data.ts'
import type { Check, CommitContent } from './graph.ts'
import { Origin } from './origin.ts'
import { addPackageVersion, manifestOf, type NewPackageVersion, type TaughtVersion } from './packages/teaching.ts'
import type { NewPull, PullRecord } from './pulls/records.ts'
import { type Merge, mergePull, nextNumber, openPull, pullOfHead, requireOpen } from './pulls/teaching.ts'
import { addJob, addRun, describeRun, type Job, type Progress, type Run, updateJob, updateRun } from './runs.ts'
import type { SecretScope } from './secrets/scopes.ts'
import { type SecretFacts, secretsIn, secretsOfRun, setSecret } from './secrets/teaching.ts'
import { type State, timestamp } from './state.ts'
import { setVariable, variableValue } from './variables.ts'
import { setWorkflow, type Workflow } from './workflows.ts'

export interface NewCommit {
  /** 40 hexadecimal digits. */
  readonly sha: string
  readonly message?: string
  /** Full SHAs, the first parent first. Default: none. */
  readonly parents?: readonly string[]
  readonly content?: CommitContent
}

export interface Teaching {
  addCommit(commit: NewCommit): void
  /** Creates or moves a ref: `heads/main`, `tags/v1`, `pull/7/merge`. Its commit must be known. */
  addRef(name: string, sha: string): void
  /** Creates or moves an annotated tag, whose ref is at an object of its own. */
  addTag(name: string, sha: string): void
  /** From now on the bare repository at this path and the embedded one have the same objects and refs. */
  setOrigin(folder: string): void
  /** By a person. @returns its number @throws Error when there is no such branch */
  openPullRequest(pull: NewPull, author: string): number
  /** Notes that it was merged, by a person; the branches are moved by who says so. @throws Error when it is not open */
  mergePullRequest(number: number, merge: Merge): void
  /** @throws Error that says which are open */
  openPullRequestNumbered(number: number): PullRecord
  /** One for the default branch that is open. */
  pullRequestOf(head: string): PullRecord | undefined
  nextPullRequest(): number
  /** "Allow GitHub Actions to create and approve pull requests", which is off in a new repository. Default: on. */
  setActionsMayOpenPullRequests(allowed: boolean): void
  /** Reports a commit status or check run; a later one of the same context replaces it. */
  addCheck(sha: string, check: Check): void
  /** From now on merging the default branch into this branch conflicts. */
  addConflict(branch: string): void
  addRun(run: Run): void
  /** The newest attempt of the run, as the API answers it. */
  describeRun(id: number): ReturnType<typeof describeRun>
  /** Changes the newest attempt of the run. */
  updateRun(id: number, progress: Progress): void
  /** The job belongs to the newest attempt of its run. */
  addJob(job: Job): void
  updateJob(id: number, progress: Progress): void
  /** Tells of a workflow, or changes its state. The workflows of runs are known and active without. */
  setWorkflow(workflow: Workflow): void
  /** @returns its id @throws Error when its run was never added */
  addArtifact(artifact: NewArtifact): Promise<number>
  /** Lets time pass for artifacts, releases, runs, secrets, tokens and signed URLs. @param ms milliseconds */
  passTime(ms: number): void
  /** From now on it is that time, and goes on from there. Into the past only before anything has happened. */
  setTime(at: Date): void
  /** Another repository, which has secrets and variables only. @param fullName `owner/name` @returns its id */
  addRepository(fullName: string): number
  /** The own repository's owner is one without. */
  addOrganization(login: string): void
  /** A deployment to an environment creates it too. @param repository `owner/name`; default: the own one */
  addEnvironment(name: string, repository?: string): void
  /** Creates or replaces a secret. @throws Error when there is no such scope */
  setSecret(scope: SecretScope, name: string, value: string, facts?: SecretFacts): void
  /** What no answer of the API holds. */
  secretValue(scope: SecretScope, name: string): string | undefined
  /** The values of one scope by their names, which are in upper case. */
  secrets(scope: SecretScope): Readonly<Record<string, string>>
  /** `secrets.` as a run of the own repository sees it, in a job of that environment. */
  secretsOfRun(environment?: string): Readonly<Record<string, string>>
  /** Creates or replaces a variable. @param repository `owner/name`; default: the own one */
  setVariable(name: string, value: string, repository?: string): void
  /** The value of a variable. @param repository `owner/name`; default: the own one */
  variable(name: string, repository?: string): string | undefined
  /** What is on a branch, as far as it was written through the API. @throws Error when there is no such branch */
  readBranch(branch: string): Branch
  /** Called once for each dispatched run, which is queued already; without it the run stays so. */
  onDispatch(hook: (run: Dispatched) => void): void
  /** A version of a container package, as a push would have made it. */
  addPackageVersion(version: NewPackageVersion): TaughtVersion
  /** @param name below the owner's: `site/api` @param reference a tag or a digest @returns undefined where there is none */
  manifestOf(name: string, reference: string): unknown
  /** Whether the owner's plan has attestations for this repository. Default: true. */
  setAttestations(available: boolean): void
  /** Whether the account's storage for artifacts is used up, so that each new artifact is refused. */
  setStorageFull(full: boolean): void
  /** Whether releases that are published from now on are immutable. */
  setImmutableReleases(immutable: boolean): void
  /** The next upload of a release asset is answered with 502, and leaves an asset in the state `starter`. */
  breakNextUpload(): void
  /** Whether code scanning may be used. Default: true. */
  setCodeScanning(enabled: boolean): void
  /** @throws Error when there is no alert of this number */
  dismissAlert(number: number, reason: Dismissal['reason'], by: string): void
}

export function teaching(state: State): Teaching {
  const { graph, limits } = state
  return {
    addCommit: ({ sha, message = '', parents = [], content }) =>
      graph.add({ sha, message, parents, date: timestamp(), ...(content && { content }) }),
    setOrigin(folder) {
      const origin = new Origin(folder)
      state.objects.attach(origin)
      graph.onRef = (name, sha) => origin.setRef(name, sha)
    },
    openPullRequest: (pull, author) => openPull(state, pull, author),
    mergePullRequest: (number, merge) => mergePull(state, number, merge),
    openPullRequestNumbered: (number) => requireOpen(state, number),
    pullRequestOf: (head) => pullOfHead(state, head),
    nextPullRequest: () => nextNumber(state),
    setActionsMayOpenPullRequests(allowed) {
      state.pulls.allowActions = allowed
    },
    addRef: (name, sha) => graph.setRef(name, sha),
    addTag: (name, sha) => graph.setTag(name, sha),
    addCheck: (sha, check) => graph.addCheck(sha, check),
    addConflict: (branch) => graph.addConflict(branch),
    addRun: (run) => addRun(state, run),
    describeRun: (id) => describeRun(state, id),
    updateRun: (id, progress) => updateRun(state, id, progress),
    addJob: (job) => addJob(state, job),
    updateJob: (id, progress) => updateJob(state, id, progress),
    setWorkflow: (workflow) => setWorkflow(state, workflow),
    addArtifact: (artifact) => addArtifact(state, artifact),
    passTime: (ms) => state.clock.pass(ms),
    setTime: (at) => state.clock.set(at),
    addRepository: (fullName) => addRepository(state, fullName),
    addOrganization: (login) => addOrganization(state, login),
    addEnvironment: (name, repository) => addEnvironment(state, name, repository),
    setSecret: (scope, name, value, facts = {}) => setSecret(state, scope, name, value, facts),
    secretValue: (scope, name) => state.vault.get(scope, name)?.value,
    secrets: (scope) => secretsIn(state, scope),
    secretsOfRun: (environment) => secretsOfRun(state, environment),
    setVariable: (name, value, repository) => setVariable(state, name, value, repository),
    variable: (name, repository) => variableValue(state, name, repository),
    readBranch: (branch) => readBranch(state, branch),
    addPackageVersion: (version) => addPackageVersion(state, version),
    manifestOf: (name, reference) => manifestOf(state, name, reference),
    setAttestations(available) {
      limits.attestations = available
    },
    onDispatch(hook) {
      state.hooks.onDispatch = hook
    },
    setStorageFull(full) {
      limits.storageFull = full
    },
    setImmutableReleases(immutable) {
      limits.immutableReleases = immutable
    },
    setCodeScanning(enabled) {
      state.codeScanning.enabled = enabled
    },
    dismissAlert: (number, reason, by) => dismissAlert(state, number, reason, by),
    breakNextUpload() {
      limits.breakUpload = true
    },
  }
}
