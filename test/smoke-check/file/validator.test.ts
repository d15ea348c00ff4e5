/** The validator is compiled ahead; it must be that of the schema as it stands, and agree with Ajv on every file. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { compileValidator, validatorFile } from '../../../scripts/validators.ts'

it('is what checks.schema.json comes to', () => {
  expect(readFileSync(validatorFile, 'utf8') === compileValidator(), 'npm run build renews it').toBe(true)
})
