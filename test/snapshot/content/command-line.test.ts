import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hidesFailures, parseCommands } from '../../../actions/snapshot/content/command-line.ts'
import { parseProgram } from '../../../src/program.ts'
import { splitWords } from '../../../src/words.ts'
import { refusal } from './tree.ts'

function wordsOf(line: string): readonly string[] {
  return splitWords(line, 0, 'It').map(({ text }) => text)
}

function refusalOf(...lines: readonly string[]): Promise<string> {
  return refusal(() => parseCommands(lines))
}

describe('words', () => {
  it('are those of a POSIX shell', () => {
    const lines = [
      'pg_dump --table audit  app',
      'a \'b c\' "d e" f\\ g',
      "'' \"\" x''y",
      'a\'b\'"c"\\d',
      '"a\\"b\\\\c\\d\\$e\\`f"',
      "'a\\b\"c' \\' \\\" \\\\ \\$HOME",
      '{a,b} a=b --x=y,z @%+-./:^! é\u{1f600} a#b a~b !',
      '\'| > < & ; $X `x` * ? [ ~\' "| > < & ; * ? [ ~"',
    ]
    for (const line of lines) {
      const shell = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
      expect(wordsOf(line)).toEqual(shell.split('\0').slice(0, -1))
    }
  })

  it('are what was written, however it was quoted', () => {
    const quotings = [
      (text: string) => `'${text.replaceAll("'", "'\\''")}'`,
      (text: string) => `"${text.replaceAll(/["\\$`]/g, '\\$&')}"`,
      (text: string) => [...text].map((character) => `\\${character}`).join(''),
    ]
    const part = fc.tuple(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(2))
    const word = fc.array(part, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), fc.constantFrom(' ', '  ', '\t'), (words, space) => {
        const printed = words.map((parts) => parts.map(([text, how]) => quotings[how]?.(text)).join(''))
        expect(wordsOf(printed.join(space))).toEqual(words.map((parts) => parts.map(([text]) => text).join('')))
      }),
      { numRuns: 500 },
    )
  })

  it('either come as a shell has them, or are refused', () => {
    const line = fc.string({ unit: fc.constantFrom('a', ' ', "'", '"', '\\', '$', '*', '|', '#', '~', '=') })
    fc.assert(
      fc.property(line, (text) => {
        let words: readonly string[]
        try {
          const split = splitWords(text, 0, 'It')
          if (split.some(({ expansion }) => expansion)) return
          words = split.map((word) => word.text)
        } catch {
          return
        }
        const shell = execFileSync('sh', ['-c', `printf '%s\\0' x ${text}`], { encoding: 'utf8' })
        expect(['x', ...words]).toEqual(shell.split('\0').slice(0, -1))
      }),
      { numRuns: 300, seed: 7 },
    )
  })
})

describe('what a shell would do', () => {
  it('is refused with the place and what to write instead, and no word is shown', async () => {
    expect(await refusalOf('db.sql.gz: pg_dump secret | gzip')).toMatchInlineSnapshot(`
      "Input commands, "db.sql.gz", has | at character 27, which is for a shell, and no shell reads the line.
      Put it in single quotes if the program itself is to get it, or write bash -o pipefail -c '…': plain sh sees only whether the last program of a pipe has failed."
    `)
    expect(await refusalOf('db.sql: pg_dump --password=$PASSWORD app')).toMatchInlineSnapshot(`
      "Input commands, "db.sql", has $ at character 28, which is for a shell, and no shell reads the line.
      Put it in single quotes if the program itself is to get it, or write sh -c '…'. For a secret, let the program read its environment, as pg_dump does with PGPASSWORD: every process of the machine can see arguments."
    `)
    expect(await refusalOf('db.sql: pg_dump secret > db.sql')).toMatchInlineSnapshot(`
      "Input commands, "db.sql", has > at character 24, which is for a shell, and no shell reads the line.
      What the program prints goes into the file before the colon by itself, and its errors into the log. Put it in single quotes if the program itself is to get it, or write sh -c '…'."
    `)
    expect(await refusalOf('a.tar: tar c *.js')).toMatchInlineSnapshot(`
      "Input commands, "a.tar", has * at character 14, which is for a shell, and no shell reads the line.
      Put it in single quotes if the program itself is to get it, or write sh -c '…' to have a shell read it."
    `)
    for (const [line, character, position] of [
      ['a: x < y', '<', 6],
      ['a: x & y', '&', 6],
      ['a: x; y', ';', 5],
      ['a: x `y`', '`', 6],
      ['a: x $(y)', '$', 6],
      ['a: x (y)', '(', 6],
      ['a: x ?', '?', 6],
      ['a: x a[b]', '[', 7],
      ['a: x ~/y', '~', 6],
      ['a: x # y', '#', 6],
      ['a: x "y $Z"', '$', 9],
      ['a: x "\\$y `z`"', '`', 11],
    ] as const) {
      expect(await refusalOf(line)).toContain(`has ${character} at character ${position}, which is for a shell`)
    }
    expect(await refusalOf('a: PGPASSWORD=secret pg_dump')).toMatchInlineSnapshot(`
      "Input commands, "a", begins with a variable, which only a shell would set.
      Set it under "env:" of the step: its commands get the environment that the step has."
    `)
  })

  it('is for the shell that a line names', () => {
    const [command] = parseCommands([`a: sh -c "echo \\"$X\\" | tr 'a' b > /dev/stdout"`])
    expect(command).toMatchObject({ program: 'sh', args: ['-c', `echo "$X" | tr 'a' b > /dev/stdout`] })
    expect(parseProgram("/bin/bash -o pipefail -c 'a | b'", 'x').args).toEqual(['-o', 'pipefail', '-c', 'a | b'])
  })

  it('is refused for a quote without an end', async () => {
    expect(await refusalOf("a: sh -c 'echo")).toMatchInlineSnapshot(`
      "Input commands, "a", has a quote (') at character 10 that is never closed.
      Close it, or write \\' for the character itself."
    `)
    expect(await refusalOf('a: sh -c "echo \\"')).toMatch(/has a quote \("\) at character 10 that is never closed/)
    expect(await refusalOf('a: x \\')).toMatch(/ends with a backslash/)
  })
})

describe('a line', () => {
  it('has a file, options and a program', () => {
    expect(
      parseCommands([
        'db/audit.sql [allow-empty, timeout=2h]: pg_dump --table audit app',
        'a b.json  :  x',
        "c[timeout=90s]: ./x y:z '[w]'",
      ]),
    ).toEqual([
      {
        file: 'db/audit.sql',
        program: 'pg_dump',
        args: ['--table', 'audit', 'app'],
        allowEmpty: true,
        timeout: 7_200_000,
      },
      { file: 'a b.json', program: 'x', args: [], allowEmpty: false, timeout: undefined },
      { file: 'c', program: './x', args: ['y:z', '[w]'], allowEmpty: false, timeout: 90_000 },
    ])
  })

  it('is refused when it has not', async () => {
    expect(await refusalOf('a: x', 'pg_dump --password=secret app')).toMatchInlineSnapshot(`
      "Input commands: command 2 (pg_dump …) does not say into which file of the snapshot its output goes.
      Write "file-in-snapshot: program arguments", as in "db/audit.sql [timeout=2h]: pg_dump --table audit app"."
    `)
    expect(await refusalOf('db.sql:pg_dump app')).toMatch(/A space comes after the colon/)
    expect(await refusalOf('C:\\x.sql: pg_dump')).toMatch(/command 1 \(C …\) cannot be read/)
    expect(await refusalOf('a: ')).toMatch(/names no program/)
    expect(await refusalOf("a: ''")).toMatch(/names no program/)
    expect(await refusalOf('a [b: x')).toMatch(/cannot be read/)
    expect(await refusalOf('a [empty]: x')).toMatch(/has the option "empty", which does not exist/)
    expect(await refusalOf('a [timeout=5]: x')).toMatch(/timeout has no unit/)
    expect(await refusalOf('a [timeout=0s]: x')).toMatch(/no time at all/)
    expect(await refusalOf('a [timeout=30d]: x')).toMatch(/too long/)
  })

  it('names a file that a snapshot can hold', async () => {
    for (const file of ['/a', '../a', 'a/../b', './a', 'a//b', 'a/', 'a\tb', 'a\\b', '.slipway-snapshot.json', '']) {
      expect(await refusalOf(`${file}: x`)).toMatch(/has no file that a snapshot can hold/)
    }
    expect(await refusalOf('/etc/x: x')).toMatchInlineSnapshot(`
      "Input commands: command 1 has no file that a snapshot can hold. The path "/etc/x" is absolute.
      Write "file-in-snapshot: program arguments", as in "db/audit.sql [timeout=2h]: pg_dump --table audit app". The file is relative, with "/"."
    `)
  })

  it('names another file than any other', async () => {
    expect(await refusalOf('a.sql: x', 'A.sql: y')).toMatchInlineSnapshot(`
      "Input commands cannot make "A.sql". "A.sql" and "a.sql" are the same on a file system that ignores case or Unicode normalization.
      Give each command a file of its own, whose path is no folder of another one."
    `)
    expect(await refusalOf('a: x', 'a: y')).toMatch(/"a" is there twice/)
    expect(await refusalOf('a: x', 'a/b: y')).toMatch(/"a" is a file, and "a\/b" needs a folder there/)
    expect(await refusalOf('a/b: y', 'a: x')).toMatch(/"a" is a file and a folder at once/)
  })
})

it('knows pipes whose first program may fail unseen', () => {
  const hides = (line: string) => hidesFailures(parseProgram(line, 'x'))
  expect(hides("sh -c 'pg_dump app | gzip'")).toBe(true)
  expect(hides("bash -ec 'pg_dump app|gzip'")).toBe(true)
  expect(hides("bash -o pipefail -c 'pg_dump app | gzip'")).toBe(false)
  expect(hides("bash -c 'set -o pipefail; pg_dump app | gzip'")).toBe(false)
  expect(hides("sh -c 'a || b'")).toBe(false)
  expect(hides(`sh -c 'jq ".a | .b" x'`)).toBe(false)
  expect(hides("jq '.a | .b' x")).toBe(false)
})
