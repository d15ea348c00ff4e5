import { describe, expect, it } from 'vitest'
import { oneCheck, refusal } from './setup.ts'

describe('YAML that cannot be used', () => {
  it.each([
    ['a variable without quotes in braces', `checks: [{ url: \${X}/a }]`, ':1:18', `stands in quotes, as "\${NAME}"`],
    ['a path without quotes in braces', 'checks: [{ json: { $.a[0]: { equals: 1 } } }]', ':1:23', 'stands in quotes'],
    ['a star that is no alias', 'a: *.js', ':1:4', 'No anchor ".js" stands above.'],
    ['a tag', 'a: !secret b', ':1:4', 'Put a value that begins with ! in quotes.'],
    ['two documents', 'a: 1\n---\nb: 2', ':2:1', 'Put all checks into one document'],
    ['a tab', 'a:\n\tb: 1', ':2:1', 'Indent with spaces.'],
    ['a colon in a value', 'a: b: c', ':1:4', 'Put a value that holds ": " in quotes.'],
    ['YAML 1.1', '%YAML 1.1\n---\na: yes', ':1:1', 'Remove the line %YAML 1.1.'],
    ['not a number', 'a: .nan', ':1:4', 'NaN is no value of JSON.'],
    ['a key that is a list', '? [a]\n: 1', ':1:3', 'This key is no text.'],
    ['an open bracket', 'a: [1, 2\nb: 3', ':2:1', 'Check indentation, quotes and brackets'],
    ['a reserved character', 'a: @x', ':1:4', 'Put a value that begins with a special character in quotes.'],
    ['a key twice', 'a: 1\nb: 2\na: 3', ':3:1', 'The key "a" is there twice, first in line 1.'],
    ['an alias of what it stands in', 'a: &a [*a]', ':1:8', 'The alias *a is part of what it stands for.'],
    ['a merge of what it stands in', 'a: &a { <<: *a }', ':1:13', 'The alias *a is part of what it stands for.'],
    ['a merge of no mapping', 'a: { <<: 1 }', ':1:6', '<< merges mappings, and its value is none.'],
    ['deep nesting', `a: ${'['.repeat(100_000)}`, ':1:44', 'Values are nested more than 40 deep.'],
    ['deep nesting of lists', `a:\n${'- '.repeat(100_000)}`, ':2:81', 'Values are nested more than 40 deep.'],
  ])('%s', async (_, text, place, message) => {
    const told = await refusal(text)
    expect(told).toContain(`smoke-checks.yml${place}`)
    expect(told).toContain(message)
  })

  it.each([
    ['of aliases', (before: string) => `[${Array(9).fill(`*${before}`).join(', ')}]`],
    ['of merges', (before: string) => `{ <<: [${Array(9).fill(`*${before}`).join(', ')}] }`],
  ])('a bomb %s', async (_, level) => {
    const names = 'abcdefghijklmnop'.split('')
    const lines = names.map(
      (name, index) => `${name}: &${name} ${index === 0 ? '{ x: 1 }' : level(names[index - 1] ?? '')}`,
    )
    expect(await refusal(lines.join('\n'))).toContain('With its aliases the file comes to more than 200,000 values.')
  })

  it('names of the prototype are keys like any other', async () => {
    expect(await refusal(oneCheck('__proto__: { status: 200 }'))).toContain('The key "__proto__" is not known here.')
    expect(await refusal(oneCheck('constructor: 1'))).toContain('The key "constructor" is not known here.')
  })

  it.each([
    [''],
    ['# nothing but a comment'],
    ['[]'],
    ['text'],
    ['null'],
    ['version: 1'],
    ['version: 1\nchecks: []'],
    ['version: 1\nchecks:'],
  ])('a file that holds no checks: %j', async (text) => {
    expect(await refusal(text)).toMatch(/^smoke-checks\.yml(:1:1|:2:\d+| has 2 mistakes)/)
  })
})
