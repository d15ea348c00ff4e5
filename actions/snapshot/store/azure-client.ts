/** The connection to Azure's blobs: who asks, and where. A proxy is read from the environment by the client itself. */
import { AnonymousCredential, BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import { ActionError } from '../../../src/errors.ts'
import { maskAll } from '../../../src/input.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Its own retry repeats neither what timed out nor a bad gateway: ours does (azure-retry.ts). */
const OPTIONS = { retryOptions: { maxTries: 1 } }

const HINT =
  'Set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, as "env:" of the step, from secrets.'

/** @throws ActionError when credentials are missing or cannot be ones; it never quotes them */
export function connect(env: Env, mask: (secret: string) => void): BlobServiceClient {
  const connection = pick(env, 'AZURE_STORAGE_CONNECTION_STRING')
  const account = pick(env, 'AZURE_STORAGE_ACCOUNT')
  const key = pick(env, 'AZURE_STORAGE_KEY')
  const token = pick(env, 'AZURE_STORAGE_SAS_TOKEN')?.replace(/^\?/, '')
  for (const secret of [...secretsOf(connection), key, token, signatureOf(token)]) {
    if (secret !== undefined) maskAll(secret, mask)
  }
  if (connection !== undefined) return fromConnectionString(connection)
  if (account === undefined) throw refused('AZURE_STORAGE_ACCOUNT is not set')
  if (!/^[a-z0-9]{3,24}$/.test(account)) {
    throw refused(`AZURE_STORAGE_ACCOUNT is ${JSON.stringify(account)}, which can be no account`)
  }
  const address = `https://${account}.blob.core.windows.net`
  if (key !== undefined) return new BlobServiceClient(address, new StorageSharedKeyCredential(account, key), OPTIONS)
  if (token !== undefined) return new BlobServiceClient(`${address}?${token}`, new AnonymousCredential(), OPTIONS)
  throw refused('neither AZURE_STORAGE_KEY nor AZURE_STORAGE_SAS_TOKEN is set')
}

function fromConnectionString(connection: string): BlobServiceClient {
  try {
    return BlobServiceClient.fromConnectionString(connection, OPTIONS)
  } catch {
    throw refused('AZURE_STORAGE_CONNECTION_STRING is no connection string') // no cause: it may quote the string
  }
}

function secretsOf(connection: string | undefined): readonly (string | undefined)[] {
  const partOf = (name: string) => new RegExp(`(?:^|;)${name}=([^;]+)`, 'i').exec(connection ?? '')?.[1]
  const token = partOf('SharedAccessSignature')
  return [partOf('AccountKey'), token, signatureOf(token)]
}

function signatureOf(token: string | undefined): string | undefined {
  return new URLSearchParams(token).get('sig') ?? undefined
}

function refused(why: string): ActionError {
  return new ActionError(`The store needs credentials for Azure, and ${why}.`, { hint: HINT })
}

function pick(env: Env, name: string): string | undefined {
  return env[name]?.trim() || undefined
}
