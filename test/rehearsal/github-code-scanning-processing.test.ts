import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { brief, runOf, SCANNING, sarif, scanner } from './github-code-scanning-support.ts'
import { startWithHistory } from './github-support.ts'

describe('a later analysis', () => {
  test('of the same tool, category and branch fixes what is gone', async () => {
    await using github = await startWithHistory()
    const scan = scanner(github)
    await scan.upload(
      sarif(
        runOf(
          [
            { hash: 'a:1', line: 1 },
            { hash: 'b:1', line: 9 },
          ],
          { category: 'fs/1' },
        ),
      ),
    )
    await scan.upload(sarif(runOf([{ hash: 'c:1', line: 2 }], { category: 'config/' })))
    await scan.upload(sarif(runOf([{ hash: 'b:1', line: 12 }], { category: 'fs/2' })))
    expect(brief(await scan.alerts('?direction=asc'))).toEqual([
      'high package-lock.json:1 fixed',
      'high package-lock.json:12 open',
      'high package-lock.json:2 open',
    ])
    expect((await scan.alerts('?state=fixed'))[0].fixed_at).toMatch(/Z$/)
    expect(await scan.analyses()).toMatchObject([{ category: 'fs' }, { category: 'config' }, { category: 'fs' }])
  })

  test('that finds it again opens it again, with its number', async () => {
    await using github = await startWithHistory()
    const scan = scanner(github)
    for (const hits of [[{ hash: 'a:1' }], [], [{ hash: 'a:1' }]]) await scan.upload(sarif(runOf(hits)))
    expect(await scan.alerts()).toMatchObject([{ number: 1, state: 'open', fixed_at: null }])
  })

  test('of another branch changes nothing here', async () => {
    await using github = await startWithHistory()
    const scan = scanner(github)
    await scan.upload(sarif(runOf([{ hash: 'a:1' }])))
    await scan.upload(sarif(runOf([])), { ref: 'refs/heads/topic' })
    expect(await scan.alerts()).toMatchObject([{ state: 'open' }])
  })

  test('which is processed out of turn does not undo a newer one', async () => {
    await using github = await startWithHistory()
    const scan = scanner(github)
    const first = Object((await scan.post(sarif(runOf([{ hash: 'a:1' }])))).body)
    await scan.upload(sarif(runOf([])))
    await scan.ask(`${SCANNING}/sarifs/${first.id}`)
    expect(await scan.alerts()).toMatchObject([{ state: 'fixed' }])
  })
})

describe('which alert a result is', () => {
  test.each([
    [
      'the same fingerprint elsewhere in the file',
      [
        { hash: 'a:1', line: 1 },
        { hash: 'a:1', line: 50 },
      ],
      1,
    ],
    ['another fingerprint', [{ hash: 'a:1' }, { hash: 'a:2' }], 2],
    ['the same fingerprint in another file', [{ hash: 'a:1' }, { hash: 'a:1', path: 'other.lock' }], 2],
    ['the same fingerprint under another rule', [{ hash: 'a:1' }, { hash: 'a:1', rule: 'low' }], 2],
    ['no fingerprint, another line', [{ line: 1 }, { line: 2 }], 2],
    ['no fingerprint, the same line and message', [{ line: 1 }, { line: 1 }], 1],
  ])('%s', async (_, hits, count) => {
    await using github = await startWithHistory()
    const scan = scanner(github)
    await scan.upload(sarif(runOf(hits)))
    expect(await scan.alerts()).toHaveLength(count)
  })
})

const broken = (change: (run: ReturnType<typeof runOf>) => unknown) => sarif(change(runOf([{}])))
const many = <T>(count: number, item: T): readonly T[] => Array.from({ length: count }, () => item)
const [hit] = runOf([{}]).results
const [rule] = runOf([]).tool.driver.rules

describe('what cannot be processed has failed, and says where', () => {
  test.each([
    ['no JSON', '{"version": "2.1.0", ', 'rejecting SARIF, as it is not JSON: '],
    ['nothing', '', 'as it is not JSON'],
    ['another version', { version: '2.0.0', runs: [] }, '$.version: expected "2.1.0", received "2.0.0"'],
    ['no runs', { version: '2.1.0' }, '$.runs: expected'],
    ['an empty list of runs', sarif(), '$.runs: there is no run'],
    ['a list', [], 'expected'],
    ['a run without tool', broken(({ tool: _, ...run }) => run), '$.runs[0].tool: expected'],
    [
      'results that are text',
      broken((run) => ({ ...run, results: 'none' })),
      '$.runs[0].results: expected Array, received "none"',
    ],
    [
      'a line that is text',
      broken((run) => ({
        ...run,
        results: [{ ...hit, locations: [{ physicalLocation: { region: { startLine: '7' } } }] }],
      })),
      '$.runs[0].results[0].locations[0].physicalLocation.region.startLine: expected number, received "7"',
    ],
    [
      'no message',
      broken((run) => ({ ...run, results: [{ ruleId: 'high' }] })),
      '$.runs[0].results[0].message: expected',
    ],
    [
      'no location',
      broken((run) => ({ ...run, results: [{ ...hit, locations: [] }] })),
      'locationFromSarifResult: expected at least one location',
    ],
    [
      'no file',
      broken((run) => ({ ...run, results: [{ ...hit, locations: [{ physicalLocation: {} }] }] })),
      'locationFromSarifResult: expected artifact location',
    ],
    [
      'a URI that is none',
      sarif(runOf([{ path: '%E0%A4%A' }])),
      'an invalid URI was provided as a SARIF location: %E0%A4%A',
    ],
    ['a foreign scheme', sarif(runOf([{ path: 'https://example.org/a' }])), 'SARIF URI scheme "https" did not match'],
    [
      'an image in the place of a file',
      sarif(runOf([{ path: 'debian:12 (debian 12)' }])),
      'SARIF URI scheme "debian" did not match',
    ],
    ['a severity that is none', sarif(runOf([], { rules: { odd: 'high' } })), 'is not a number: odd: high'],
    ['21 runs', sarif(...many(21, runOf([]))), 'there are more runs than allowed (21 > 20)'],
    [
      '25,001 results',
      broken((run) => ({ ...run, results: many(25_001, hit) })),
      'there are more results per run than allowed (25001 > 25000)',
    ],
    [
      '25,001 rules',
      broken((run) => ({ ...run, tool: { driver: { name: 'x', rules: many(25_001, rule) } } })),
      'there are more rules per run than allowed (25001 > 25000)',
    ],
    [
      '1,001 locations',
      broken((run) => ({ ...run, results: [{ ...hit, locations: many(1_001, hit?.locations[0]) }] })),
      'there are more locations per result than allowed (1001 > 1000)',
    ],
    [
      '21 tags',
      broken((run) => ({
        ...run,
        tool: { driver: { name: 'x', rules: [{ id: 'r', properties: { tags: many(21, 'tag') } }] } },
      })),
      'there are more tags per rule than allowed (21 > 20)',
    ],
    [
      'two runs of one tool and category',
      sarif(runOf([], { category: 'fs/1' }), runOf([], { category: 'fs/2' })),
      'A delivery cannot contain multiple runs with the same category.',
    ],
  ])('%s', async (_, content, message) => {
    await using github = await startWithHistory()
    const scan = scanner(github)
    expect(await scan.upload(content)).toMatchObject({
      processing_status: 'failed',
      errors: [expect.stringContaining(message)],
    })
    expect((await scan.list('alerts')).status).toBe(404)
  })

  test('and leaves the alerts that are there', async () => {
    await using github = await startWithHistory()
    const scan = scanner(github)
    await scan.upload(sarif(runOf([{}])))
    await scan.upload(sarif())
    expect(await scan.alerts()).toMatchObject([{ state: 'open' }])
  })
})

test('runs of different tools or categories are taken together', async () => {
  await using github = await startWithHistory()
  const scan = scanner(github)
  const runs = [
    runOf([], { category: 'a/' }),
    runOf([], { category: 'b/' }),
    runOf([], { category: 'a/', tool: 'Other' }),
  ]
  expect(await scan.upload(sarif(...runs))).toMatchObject({ processing_status: 'complete' })
  expect(await scan.analyses()).toHaveLength(3)
})

test('of more than 5,000 results the most severe are kept', async () => {
  await using github = await startWithHistory()
  const scan = scanner(github)
  const low = Array.from({ length: 6_000 }, (_, at) => ({ rule: 'low', hash: `${at}:1`, line: at + 1 }))
  await scan.upload(sarif(runOf([...low, { rule: 'critical', hash: 'last:1' }])))
  expect(await scan.analyses()).toMatchObject([
    { results_count: 5_000, warning: '1001 results were ignored: only the 5000 most severe are kept' },
  ])
  expect(brief(await scan.alerts('?per_page=1&direction=asc'))).toEqual(['critical package-lock.json:1 open'])
})

test('of more than 10 tags the first are kept, with a warning', async () => {
  await using github = await startWithHistory()
  const scan = scanner(github)
  const run = runOf([])
  const tags = Array.from({ length: 12 }, (_, at) => `t${at}`)
  const driver = { name: 'x', rules: [{ id: 'high', properties: { tags } }] }
  await scan.upload(sarif({ ...run, tool: { driver }, results: [hit] }))
  expect((await scan.alerts())[0].rule.tags).toEqual(tags.slice(0, 10))
  expect((await scan.analyses())[0].warning).toBe('only 10 tags of the rule high were stored')
})

describe('a hostile upload', () => {
  const bytes = (size: number) => gzipSync(Buffer.alloc(size, 0x20), { level: 9 })

  test('of more than 10 MB gzipped is too large', async () => {
    await using github = await startWithHistory()
    const noise = Buffer.alloc(10 * 1024 * 1024 + 1)
    noise.set([0x1f, 0x8b])
    const reply = await scanner(github).post('', { sarif: noise.toString('base64') })
    expect(reply).toMatchObject({ status: 413, body: { message: expect.stringContaining('10485761 bytes gzipped') } })
  })

  test('that is a gzip bomb is not inflated to its end', async () => {
    await using github = await startWithHistory()
    // 320 MB in 16 members of 20 MB.
    const member = bytes(20 * 1024 * 1024)
    const bomb = Buffer.concat(Array.from({ length: 16 }, () => member))
    expect(bomb.length).toBeLessThan(1024 * 1024)
    const status = await scanner(github).upload('', { sarif: bomb.toString('base64') })
    expect(status).toMatchObject({
      processing_status: 'failed',
      errors: [expect.stringContaining('inflates to more than')],
    })
  })

  test('that breaks off is no gzip', async () => {
    await using github = await startWithHistory()
    const status = await scanner(github).upload('', { sarif: bytes(1000).subarray(0, 20).toString('base64') })
    expect(status).toMatchObject({ errors: ['rejecting SARIF, as it is not gzip, or is broken'] })
  })

  test.each([
    ['deep where it is read', `{"version":"2.1.0","runs":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 'failed'],
    [
      'deep where nobody reads',
      `{"version":"2.1.0","x":${'['.repeat(200_000)}${']'.repeat(200_000)},"runs":[${JSON.stringify(runOf([{}]))}]}`,
      'complete',
    ],
  ])('that is %s ends as any other', async (_, content, processing_status) => {
    await using github = await startWithHistory()
    expect(await scanner(github).upload(content)).toMatchObject({ processing_status })
  })

  test('named __proto__ is a name', async () => {
    await using github = await startWithHistory()
    const scan = scanner(github)
    await scan.upload(`{"version":"2.1.0","runs":[${JSON.stringify(runOf([{ rule: '__proto__' }]))}]}`)
    expect(await scan.alerts()).toMatchObject([{ rule: { id: '__proto__' } }])
  })
})
