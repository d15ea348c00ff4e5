import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ActionError } from '../../../src/errors.ts'
import { read } from './setup.ts'

const folder = new URL('../../../examples/checks/', import.meta.url)
const files = ['django-react', 'saas-api', 'construction-api'].map((name) =>
  readFileSync(new URL(`${name}.yml`, folder), 'utf8'),
)
const env = Object.fromEntries(
  files.flatMap((text) => [...text.matchAll(/\$\{([A-Z_]+)\}/g)]).map(([, name]) => [name, 'https://x.example']),
)

/** Pieces that mean something to YAML, to templates, to JSONPath or to regular expressions. */
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  '- ',
  '? ',
  '#',
  '&a ',
  '*a',
  '<<: *a',
  '!!set ',
  '|',
  '>',
  '"',
  "'",
  '%YAML 1.1\n',
  '---\n',
  '\t',
  '\n',
  '\n  ',
  '\0',
  '\ufeff',
  '\u2028',
  '\ud800',
  `\${`,
  `\${X}`,
  `$\${`,
  '$',
  '(',
  '\\',
  '1e999',
  '.inf',
  'null',
  '~',
  '0x10',
  '__proto__: 1\n',
  'needs: [login]',
  'name: ',
  'url: //',
  'status: 9xx',
  'https://[::1]:0/',
  'latency: { p95: 1ms }',
  'presets: [error-rate]',
]

const edit = fc.record({
  at: fc.nat(),
  cut: fc.oneof(fc.constant(0), fc.nat({ max: 40 })),
  insert: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 8 })),
})

function apply(
  text: string,
  edits: readonly { readonly at: number; readonly cut: number; readonly insert: string }[],
): string {
  return edits.reduce((now, { at, cut, insert }) => {
    const start = at % (now.length + 1)
    return now.slice(0, start) + insert + now.slice(start + cut)
  }, text)
}

it('whatever becomes of a file, it is read or refused with words', async () => {
  const outcomes = { read: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...files), fc.array(edit, { minLength: 1, maxLength: 4 }), async (file, edits) => {
      const text = apply(file, edits)
      try {
        expect((await read(text, { env, urls: ['x=https://x.example'] })).checks.length).toBeGreaterThan(1)
        outcomes.read++
      } catch (error) {
        if (!(error instanceof ActionError)) throw error
        expect(error.message).not.toMatch(/undefined|\[object|\bat .*\.ts:/)
        outcomes.refused++
      }
    }),
    { numRuns: 600 },
  )
  expect(outcomes.read).toBeGreaterThan(0)
  expect(outcomes.refused).toBeGreaterThan(0)
})

it('whatever the quick form holds, it is read or refused with words', async () => {
  const line = fc.array(
    fc.oneof(
      fc.constantFrom('https://', 'x.example', '=', ' ', '200', '2xx', '?a=b', `\${X}`, `\${`, '#', '@', ':', ','),
      fc.string({ maxLength: 3 }),
    ),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        line.map((parts) => parts.join('')),
        { minLength: 1 },
      ),
      async (urls) => {
        try {
          expect((await read(undefined, { urls, env: { X: 'https://x.example' } })).checks.length).toBeGreaterThan(0)
        } catch (error) {
          if (!(error instanceof ActionError)) throw error
        }
      },
    ),
    { numRuns: 500 },
  )
})
