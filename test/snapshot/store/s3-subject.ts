import type { S3Server } from '../../support/servers.ts'
import type { Subject } from './faults.ts'
import { openAt } from './setup.ts'

export function s3Subject({ endpoint, env, bucket }: S3Server, exclusive: boolean): Subject {
  return {
    endpoint: () => endpoint,
    open: (through, series, signal = new AbortController().signal) =>
      openAt(`s3://${bucket}/faults`, { endpoint: through, env, series, signal }),
    busy: {
      answer: 503,
      body: '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
    },
    exclusive,
    isPart: ({ method, url }) => method === 'PUT' && url.includes('partNumber='),
    isCommit: ({ method, url }) => method === 'POST' && url.includes('uploadId='),
  }
}
