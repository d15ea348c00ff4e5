/** Opens the places that a rotation writes to, and says which of them is which. */
import { ActionError } from '../../src/errors.ts'
import type { Inputs } from './inputs.ts'
import type { Slot } from './names.ts'
import type { Ports } from './ports.ts'
import type { RunWithInput } from './run-program.ts'
import { CommandStore } from './stores/command.ts'
import { GitHubSecrets } from './stores/github.ts'
import { PagesSecrets } from './stores/pages.ts'
import type { Store } from './stores/store.ts'
import { PublicVariables } from './stores/variable.ts'
import { WorkerSecrets } from './stores/worker.ts'
import { isActions, isReadable, parseTargets, type Target } from './target.ts'

export interface OpenPlaces {
  /** Whose date tells the age. */
  readonly home: GitHubSecrets
  /** Where the pending value is; the home itself, unless a run of this repository cannot read that one. */
  readonly pendingAt: GitHubSecrets
  readonly others: readonly Store[]
}

/** @throws ActionError for inputs that do not fit the targets */
export function openPlaces(inputs: Inputs, run: RunWithInput, ports: Ports): OpenPlaces {
  const { owner, repo } = ports.context
  const targets = parseTargets(inputs.targets, { owner, repo })
  requireFitting(targets, inputs)
  requireRepositoryId(targets, ports)
  const actions = targets.filter(isActions)
  // Of one name GitHub gives a run the repository's before the organization's.
  const readables = actions.filter((target) => isReadable(target, ports.context))
  const readable = readables.find(({ kind }) => kind !== 'organization') ?? readables[0]
  const chosen = readable ?? actions[0]
  if (chosen === undefined) throw new Error('No target tells the age.')
  const github = (target: GitHubKind, slots: readonly Slot[]) => openGitHub(target, slots, inputs, ports)
  const home = github(chosen, readable === undefined ? ['current', 'previous'] : ['current', 'previous', 'pending'])
  const own = { kind: 'repository', owner, repo, label: 'repository' } as const
  const others = targets.filter((target) => target !== chosen).map((target) => open(target, inputs, run, ports))
  const { publicVariable } = inputs
  const variables =
    publicVariable === undefined ? [] : [new PublicVariables(publicVariable, { owner, repo }, ports.api)]
  return {
    home,
    pendingAt: readable === undefined ? github(own, ['pending']) : home,
    others: [...variables, ...others],
  }
}

function open(target: Target, inputs: Inputs, run: RunWithInput, ports: Ports): Store {
  switch (target.kind) {
    case 'pages':
      return new PagesSecrets(target, inputs.names, accountOf(ports))
    case 'worker':
      return new WorkerSecrets(target, inputs.names, accountOf(ports))
    case 'command':
      return new CommandStore(target, inputs.names, run)
    default:
      return openGitHub(target, ['current', 'previous'], inputs, ports)
  }
}

type GitHubKind = ConstructorParameters<typeof GitHubSecrets>[0]

function openGitHub(target: GitHubKind, slots: readonly Slot[], { names }: Inputs, { api, repositoryId }: Ports) {
  return new GitHubSecrets(target, { names, slots, api, repositoryId })
}

function accountOf({ account }: Ports) {
  if (account !== undefined) return account
  throw new ActionError('Input targets names something of Cloudflare, and api-token or account-id is missing.', {
    hint: 'Give both: api-token a token with the permissions that the README lists, account-id the 32 digits in the address of the dashboard.',
  })
}

function requireFitting(targets: readonly Target[], { verify, redeploy }: Inputs): void {
  const pages = targets.find(({ kind }) => kind === 'pages')
  if (pages === undefined || verify === undefined || redeploy !== undefined) return
  throw new ActionError(
    `Input verify-command is given, and ${pages.label} has the new value only with another deployment.`,
    {
      hint: 'Set redeploy to the workflow that deploys, so that the command sees the new deployment and not the old one; or leave verify-command out.',
    },
  )
}

/** To show the pending value of an organization to this repository alone. */
function requireRepositoryId(targets: readonly Target[], { repositoryId }: Ports): void {
  if (Number.isInteger(repositoryId) || !targets.some(({ kind }) => kind === 'organization')) return
  throw new ActionError(
    'The environment variable GITHUB_REPOSITORY_ID is missing, which a secret of an organization needs.',
    {
      hint: 'Current runners set it: update the runner.',
    },
  )
}
