/** What Azure's refusals mean. https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes */
import { ActionError } from '../../../src/errors.ts'
import { fieldsOf } from './fields.ts'
import { codeIn, plainCause, wordsOf } from './words.ts'

interface AzureFailure {
  /** As `ContainerNotFound`, or Node's, as `ECONNREFUSED`. */
  readonly code: string
  /** undefined when there was no answer. */
  readonly status: number | undefined
}

interface AzurePlace {
  readonly account: string
  readonly container: string
}

type Remedy = (place: AzurePlace, right: string) => readonly [why: string, hint: string]

const CREDENTIALS =
  'Check AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN'

const notAllowed: Remedy = ({ container }, right) => [
  'the credentials do not allow that',
  `Make a SAS token for the container ${container} that allows reading, creating, writing, deleting and listing; here it was ${right}.`,
]

const REMEDIES: Readonly<Record<string, Remedy>> = {
  AuthenticationFailed: ({ account }) => [
    `the key is not one of the account ${account}, or the SAS token is wrong or has expired`,
    `${CREDENTIALS}, and the clock of this machine.`,
  ],
  InvalidAuthenticationInfo: () => ['the credentials have no valid form', `${CREDENTIALS}.`],
  NoAuthenticationInformation: () => ['the request had no valid credentials', `${CREDENTIALS}.`],
  KeyBasedAuthenticationNotPermitted: ({ account }) => [
    `the account ${account} takes no keys`,
    'Use a user delegation SAS token in AZURE_STORAGE_SAS_TOKEN, or allow key access for the account.',
  ],
  AuthorizationFailure: ({ account }) => [
    `the account ${account} lets nobody in from here, or not with these credentials`,
    "Check the account's firewall (networking) for the runner's address, and the permissions of the SAS token.",
  ],
  AuthorizationSourceIPMismatch: () => [
    'the SAS token is not for the address of this runner',
    'Make one without a range of addresses, or with that of the runner.',
  ],
  AuthorizationPermissionMismatch: notAllowed,
  AuthorizationResourceTypeMismatch: notAllowed,
  AuthorizationServiceMismatch: notAllowed,
  InsufficientAccountPermissions: notAllowed,
  AccountIsDisabled: ({ account }) => [`the account ${account} is disabled`, 'Enable it, or pay what is due for it.'],
  ContainerNotFound: ({ account, container }) => [
    `the account ${account} has no container ${container}`,
    'Create it, or correct the input store.',
  ],
  ContainerDisabled: ({ container }) => [`the container ${container} is disabled`, 'Ask the owner of the account.'],
  ContainerBeingDeleted: ({ container }) => [
    `the container ${container} is being deleted`,
    'Create it again in a few minutes, or correct the input store.',
  ],
  BlobImmutableDueToPolicy: () => [
    'a policy of the container keeps it',
    'Shorten the policy, or keep snapshots longer than it does.',
  ],
  BlobImmutableDueToLegalHold: () => ['a legal hold of the container keeps it', 'Ask whoever has put it there.'],
  ENOTFOUND: ({ account }) => [
    `no name server knows the account ${account}`,
    'Check its name. Accounts outside of the public cloud need AZURE_STORAGE_CONNECTION_STRING.',
  ],
  ECONNREFUSED: ({ account }) => [
    `nothing listens at the address of the account ${account}`,
    'Check the address in AZURE_STORAGE_CONNECTION_STRING.',
  ],
}

const other: Remedy = () => ['', '']
const outage: Remedy = () => ['', 'Run the step again; if that stays, check whether Azure has an outage.']

/**
 * @param what as `production-1.json could not be written to azure://backups/site/production`
 * @param right the permission that it needs, as `creating`
 */
export function explain(error: unknown, what: string, right: string, place: AzurePlace): ActionError {
  if (error instanceof ActionError) return error
  const { code, status } = failureOf(error)
  const known = REMEDIES[code] ?? (status === 403 ? notAllowed : isTransient(error) ? outage : other)
  const [why, hint] = known(place, right)
  return new ActionError(`${what}: ${why || wordsOf(error)} (${[status, code].filter(Boolean).join(' ')}).`, {
    hint,
    cause: plainCause(error, code),
  })
}

export function failureOf(error: unknown): AzureFailure {
  const { code, statusCode, name, details } = fieldsOf(error)
  return {
    code: codeIn([fieldsOf(details)['errorCode'], code, name]),
    status: typeof statusCode === 'number' ? statusCode : undefined,
  }
}

/** No answer, or a server in trouble. A name that is not known or a port that is closed will be the same in a minute. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ActionError) return false
  const { status } = failureOf(error)
  return status === undefined || status === 408 || status === 429 || status >= 500
}

export function isMissing(error: unknown): boolean {
  const { code, status } = failureOf(error)
  return status === 404 && !code.startsWith('Container')
}
