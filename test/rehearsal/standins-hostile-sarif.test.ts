/** What upload-sarif's stand-in and the embedded code scanning refuse; what is too large is in matrix/. */
import { describe, expect, test } from 'vitest'
import { step } from '../support/rehearse.ts'
import { rehearseHostile, upload } from './standins-sarif-support.ts'

describe('a hostile upload ends in one error that says what and where', () => {
  test.each([
    ['cut', 'hostile.sarif', /^Invalid SARIF\. JSON syntax error: .* \(hostile\.sarif\)$/],
    ['empty', 'hostile.sarif', 'Invalid SARIF. JSON syntax error: Unexpected end of JSON input (hostile.sarif)'],
    ['version', 'hostile.sarif', 'Unable to upload "hostile.sarif" as it is not valid SARIF:\n- instance.version: '],
    ['results', 'hostile.sarif', '- instance.runs[0].results: '],
    ['line', 'hostile.sarif', '- instance.runs[0].results[0].locations[0].physicalLocation.region.startLine: '],
    ['twice', 'hostile.sarif', 'does not support uploading multiple SARIF runs with the same category'],
    ['folder', 'folder', 'does not support uploading multiple SARIF runs with the same category'],
    ['apart', 'hostile.sarif', 'A delivery cannot contain multiple runs with the same category.'],
    ['nowhere', 'hostile.sarif', 'locationFromSarifResult: expected at least one location'],
    ['deep', 'hostile.sarif', 'nested too deeply'],
    ['deep', 'nothing.sarif', 'Path does not exist: nothing.sarif'],
    ['deep', 'frontend', 'No SARIF files found to upload in "frontend".'],
  ])('%s: %s', async (kind, file, message) => {
    const rehearsal = await rehearseHostile(kind, upload(file, 'x'))
    const { outcome, annotations } = step(rehearsal, 'Upload x')
    expect(outcome).toBe('failure')
    expect(annotations).toHaveLength(1)
    const wanted = typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message)
    expect(annotations[0]).toMatchObject({ level: 'error', message: wanted })
  })
})

test.each([
  ['ref: refs/heads/main', "Both 'ref' and 'sha' are required"],
  ['wait-for-processing: maybe', 'Input does not meet YAML 1.2'],
])('upload-sarif refuses %s', async (input, message) => {
  const up = `- { name: Up, uses: github/codeql-action/upload-sarif@v4, with: { sarif_file: hostile.sarif, ${input} } }`
  const rehearsal = await rehearseHostile('nowhere', up)
  expect(step(rehearsal, 'Up').annotations[0]?.message).toContain(message)
})
