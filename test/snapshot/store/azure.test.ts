import { BlobServiceClient } from '@azure/storage-blob'
import { afterAll, beforeAll } from 'vitest'
import { type AzureServer, startAzurite } from '../../support/servers.ts'
import { conformance } from './conformance.ts'
import { faults } from './faults.ts'
import { openAt, openStore } from './setup.ts'

let server: AzureServer
beforeAll(async () => {
  server = await startAzurite()
  const { AZURE_STORAGE_CONNECTION_STRING: connection = '' } = server.env
  await BlobServiceClient.fromConnectionString(connection).getContainerClient('snapshots').create()
})
afterAll(() => server.stop())

conformance('azure', async () => {
  const { env } = server
  return {
    store: (series) => openStore('azure://snapshots/backups/site', series, { env }),
    async plant(series, name, content) {
      await (await openAt('azure://snapshots/backups/site', { env, series })).put(name, Buffer.from(content))
    },
    stop: async () => {},
  }
})

faults('azure', async () => ({
  endpoint: () => server.endpoint.replace(`/${server.account}`, ''),
  open(through, series, signal = new AbortController().signal) {
    const { AZURE_STORAGE_CONNECTION_STRING: connection = '' } = server.env
    const env = {
      AZURE_STORAGE_CONNECTION_STRING: connection.replace(
        /BlobEndpoint=.*/,
        `BlobEndpoint=${through}/${server.account}`,
      ),
    }
    return openAt('azure://snapshots/faults', { env, series, signal })
  },
  busy: {
    answer: 503,
    body: '<Error><Code>ServerBusy</Code><Message>Ingress is over the account limit.</Message></Error>',
    headers: { 'x-ms-error-code': 'ServerBusy' },
  },
  exclusive: true,
  isPart: ({ url }) => url.includes('comp=block&') || url.endsWith('comp=block'),
  isCommit: ({ url }) => url.includes('comp=blocklist'),
}))
