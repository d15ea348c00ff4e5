/** SARIF that is more than code scanning takes. */
import { expect, test } from 'vitest'
import { step } from '../../support/rehearse.ts'
import { rehearseHostile, upload } from '../standins-sarif-support.ts'

test.each([
  [
    'large',
    'hostile.sarif',
    /^GitHub was asked to take the results: The SARIF upload is too large: \d{8} bytes gzipped, and 10485760 are allowed\..* \(413\)$/,
  ],
  [
    'many',
    'hostile.sarif',
    'could not process the submitted SARIF file:\nrejecting SARIF, as there are more results per run than allowed (25001 > 25000)',
  ],
])('%s: %s', async (kind, file, message) => {
  const rehearsal = await rehearseHostile(kind, upload(file, 'x'))
  const { outcome, annotations } = step(rehearsal, 'Upload x')
  expect(outcome).toBe('failure')
  expect(annotations).toHaveLength(1)
  const wanted = typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message)
  expect(annotations[0]).toMatchObject({ level: 'error', message: wanted })
})
