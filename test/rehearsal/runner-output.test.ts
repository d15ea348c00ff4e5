import { describe, expect, test } from 'vitest'
import { CommandReader, parseCommand } from '../../rehearsal/runner/commands.ts'
import { parsePairs } from '../../rehearsal/runner/files.ts'
import { Masks } from '../../rehearsal/runner/masks.ts'
import { jobOf, printed, rehearseText, step } from '../support/rehearse.ts'

describe('workflow commands', () => {
  test.each([
    ['::error::plain', { name: 'error', properties: {}, data: 'plain' }],
    [
      '  ::Warning title=A%2CB%3AC%25,line=3::two%0Alines',
      { name: 'warning', properties: { title: 'A,B:C%', line: '3' }, data: 'two\nlines' },
    ],
    ['::group::a::b', { name: 'group', properties: {}, data: 'a::b' }],
    [
      'prefix ##[error file=a.ts;line=1]old%5D',
      { name: 'error', properties: { file: 'a.ts', line: '1' }, data: 'old]' },
    ],
    ['not ::error::a command', undefined],
    ['::no end', undefined],
  ])('%s', (line, expected) => {
    expect(parseCommand(line)).toEqual(expected)
  })

  test('are only text between stop-commands and its token', () => {
    const reader = new CommandReader()
    const kinds = ['::stop-commands::Token1', '::error::a', '::token1::', '::error::b'].map(
      (line) => reader.read(line).kind,
    )
    expect(kinds).toEqual(['print', 'print', 'print', 'annotation'])
  })

  test('unknown ones are text', () => {
    expect(new CommandReader().read('::made-up::x')).toEqual({ kind: 'print', text: '::made-up::x' })
  })
})

describe('file commands', () => {
  test.each([
    ['A=1\n\nB=two=2\n', { A: '1', B: 'two=2' }],
    ['A<<END\none\n\ntwo\nEND\nB=1', { A: 'one\n\ntwo', B: '1' }],
    ['A<<END\nEND\n', { A: '' }],
    ['A<<END\n END\nEND \nEND\n', { A: ' END\nEND ' }],
    ['A=x<<END', { A: 'x<<END' }],
    ['A<<=\nx\n=\n', { A: 'x' }],
    ['A=\r\n', { A: '\r' }],
  ])('%j', (source, expected) => {
    expect(parsePairs(source)).toEqual(expected)
  })

  test.each([
    ['A<<END\nx\n', "Invalid value. Matching delimiter not found 'END'"],
    ['=x', "Invalid format '=x'. Name must not be empty and delimiter must not be empty"],
    ['A<<\nx', "Invalid format 'A<<'. Name must not be empty and delimiter must not be empty"],
    ['x', "Invalid format 'x'"],
  ])('%j is refused', (source, message) => {
    expect(() => parsePairs(source)).toThrow(message)
  })
})

describe('masks', () => {
  test('hide the whole value, each of its lines, and the encodings that the runner derives', () => {
    const masks = new Masks()
    masks.add('first line\n  second "line" \n')
    expect(masks.hide('a first line b')).toBe('a *** b')
    expect(masks.hide('a second "line" b')).toBe('a *** b')
    expect(masks.hide(JSON.stringify({ a: 'second "line"' }))).toBe('{"a":"***"}')
    expect(masks.hide(encodeURIComponent('first line'))).toBe('***')
    for (const prefix of ['', 'x', 'xy']) {
      const encoded = Buffer.from(`${prefix}first line`).toString('base64')
      expect(masks.hide(encoded)).not.toContain(Buffer.from('first line').toString('base64').slice(4, 8))
    }
  })

  test('become one where secrets overlap or touch', () => {
    const masks = new Masks()
    masks.add('abcdef')
    masks.add('defghi')
    masks.add('jkl')
    expect(masks.hide('-abcdefghijkl-abcdef-')).toBe('-***-***-')
  })

  test('ignore an empty value, which would hide everything', () => {
    const masks = new Masks()
    masks.add('')
    masks.add(' \n ')
    expect(masks.hide('text')).toBe('text')
  })
})

describe('what a step prints', () => {
  test('becomes its log and its annotations, without a secret in either, nor anywhere in the report', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- name: Print
  id: print
  env: { KEY: '\${{ secrets.KEY }}' }
  run: |
    echo "key $KEY"
    echo "::add-mask::made here" && echo "made here"
    echo "::group::Fold"; echo inside; echo "::endgroup::"
    echo "::error file=src/a.ts,line=7,title=Bad::It holds $KEY%0Aand more"
    echo "::notice::told" >&2
    echo "::debug::hidden"
    echo "summary $KEY" >> "$GITHUB_STEP_SUMMARY"
    echo "key=$KEY" >> "$GITHUB_OUTPUT"
`),
      { secrets: { KEY: 'very-secret' } },
    )
    // stderr is a stream of its own, so its place among the lines is not fixed.
    expect(printed(rehearsal, 'Print').filter((line) => !line.includes('told'))).toEqual([
      'key ***',
      '***',
      '##[group]Fold',
      'inside',
      '##[endgroup]',
      '##[error]It holds ***',
      '##[error]  and more',
    ])
    expect(step(rehearsal, 'Print').annotations).toContainEqual({
      level: 'error',
      title: 'Bad',
      file: 'src/a.ts',
      line: 7,
      message: 'It holds ***\nand more',
    })
    expect(step(rehearsal, 'Print').summary).toBe('summary ***\n')
    expect(JSON.stringify(rehearsal)).not.toContain('very-secret')
  })

  test('includes debug lines when the secret ACTIONS_STEP_DEBUG asks for them', async () => {
    const rehearsal = await rehearseText(
      jobOf(`- { name: Print, run: 'echo "::debug::shown"; echo "debug is $RUNNER_DEBUG"' }`),
      { vars: { ACTIONS_STEP_DEBUG: 'true' } },
    )
    expect(printed(rehearsal, 'Print')).toEqual(['##[debug]shown', 'debug is 1'])
  })

  test('sets outputs the old way too, while set-env is refused and fails the step', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { name: Old, run: 'echo "::set-output name=a::1"' }
- { name: Refused, run: 'echo "::set-env name=A::1"' }
`),
    )
    expect(step(rehearsal, 'Old').outputs).toEqual({ a: '1' })
    expect(step(rehearsal, 'Refused').outcome).toBe('failure')
  })

  test('loses a summary of more than 1 MiB whole, and keeps the step green', async () => {
    const rehearsal = await rehearseText(
      jobOf(`- { name: Long, run: 'head -c 1048577 /dev/zero | tr "\\0" x > "$GITHUB_STEP_SUMMARY"' }`),
    )
    expect(step(rehearsal, 'Long')).toMatchObject({ outcome: 'success', summary: '' })
    expect(step(rehearsal, 'Long').annotations[0]?.message).toContain('supports content up to a size of 1024k')
  })
})
