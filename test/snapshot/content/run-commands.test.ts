/** With real programs: what they print, how they fail, and what of that is shown. */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseCommands } from '../../../actions/snapshot/content/command-line.ts'
import { type CommandsOptions, runCommands, runProgram } from '../../../actions/snapshot/content/run-commands.ts'
import { run } from '../../../src/process.ts'
import { commandEnvironment, parseProgram } from '../../../src/program.ts'
import { grow, refusal, temporaryFolder } from './tree.ts'

const PATH = process.env['PATH']

function setUp(overrides: Partial<CommandsOptions> = {}) {
  const folder = temporaryFolder()
  const lines: string[] = []
  const warnings: string[] = []
  const log: CommandsOptions['log'] = {
    info: (line) => void lines.push(line),
    warning: (line) => void warnings.push(line),
    group: async (name, work) => {
      lines.push(`> ${name}`)
      return work()
    },
  }
  const signal = new AbortController().signal
  const options = { folder, cwd: temporaryFolder(), env: { PATH }, timeout: 20_000, run, log, signal, ...overrides }
  const printed = (...texts: readonly string[]) => runCommands(parseCommands(texts), options)
  const refused = (...texts: readonly string[]) => refusal(() => printed(...texts))
  return { folder, lines, warnings, options, printed, refused }
}

it('makes a private file of what each prints, and logs only what it says besides', async () => {
  const { folder, lines, warnings, printed } = setUp()
  const before = Date.now()
  const entries = await printed(
    `db/a.sql: sh -c 'printf secret-rows; echo note >&2'`,
    'b.txt: printf "%s %s" secret-argument "b  c"',
  )
  expect(lines).toEqual(['> db/a.sql: sh', 'note', 'db/a.sql: 11 bytes', '> b.txt: printf', 'b.txt: 20 bytes'])
  expect(warnings).toEqual([])
  expect(entries).toEqual(
    [
      { path: 'db/a.sql', source: 'command: sh', size: 11, file: join(folder, '1') },
      { path: 'b.txt', source: 'command: printf', size: 20, file: join(folder, '2') },
    ].map((rest) => ({ type: 'file', mode: 0o600, modifiedAt: expect.any(Number), ...rest })),
  )
  expect(entries.map(({ file }) => readFileSync(file, 'utf8'))).toEqual(['secret-rows', 'secret-argument b  c'])
  expect(entries.map(({ file }) => lstatSync(file).mode & 0o777)).toEqual([0o600, 0o600])
  for (const { modifiedAt } of entries) expect(modifiedAt).toBeGreaterThanOrEqual(before)
})

it('runs them in the workspace, in their order', async () => {
  const { options, printed } = setUp()
  grow(options.cwd, { 'note.txt': 'here' })
  const [first] = await printed("a: sh -c 'cat note.txt; echo made > made.txt'", 'b: cat made.txt')
  expect(readFileSync(first?.file ?? '', 'utf8')).toBe('here')
})

describe('a command that fails', () => {
  it('is named with its exit code and what it said last, and without its arguments', async () => {
    const { folder, refused } = setUp()
    expect(
      await refused('x: printf x', `db.sql: sh -c 'echo half; echo why >&2; exit 3' secret`),
    ).toMatchInlineSnapshot(`
      "db.sql was not made: sh failed with exit code 3. It said last:
      why"
    `)
    expect(readdirSync(folder)).toEqual(['1'])
  })

  it('is shown with ten lines at most, two thousand characters at most, and no colours', async () => {
    const { refused } = setUp()
    const many = await refused(`x: sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "line $i" >&2; done; exit 1'`)
    expect(many.split('\n').slice(1)).toEqual(Array.from({ length: 10 }, (_, index) => `line ${index + 3}`))
    const long = await refused(`x: node -e 'console.error("a".repeat(5000) + "end"); process.exit(1)'`)
    expect(long.split('\n')[1]).toMatch(/^…a{1996}end$/)
    expect(await refused(`x: sh -c 'printf "\\033[31mred\\033[0m\\n\\n" >&2; exit 1'`)).toMatch(/last:\nred$/)
  })

  it('is one that is killed, or takes too long', async () => {
    const { refused } = setUp()
    expect(await refused(`x: sh -c 'kill -9 $$'`)).toMatchInlineSnapshot(`
      "x was not made: sh was killed (SIGKILL). It said nothing.
      Where nobody has killed it, the machine had no memory left for it."
    `)
    expect(await refused(`x [timeout=300ms]: sh -c 'echo waiting >&2; sleep 30'`)).toMatchInlineSnapshot(`
      "x was not made: sh was not done after 300 ms and was ended. It said last:
      waiting
      Give it longer, with command-timeout, or find out what it waits for."
    `)
  })

  it('is one that cannot be started', async () => {
    const { folder, options, refused } = setUp()
    expect(await refused('x: no-such-program secret')).toMatchInlineSnapshot(`
      "x was not made: no-such-program could not be started (ENOENT).
      It is in no folder of PATH: is it installed, in this job and before this step? A script of the repository is named with its path, as in ./scripts/dump.sh."
    `)
    expect(await refused('x: ./scripts/dump.sh')).toMatch(/There is no such file, seen from the root of the workspace/)
    grow(options.cwd, { 'dump.sh': 'echo' })
    expect(await refused('x: ./dump.sh')).toMatch(/\(EACCES\)\.\nIt is no program, or may not be run: chmod \+x/)
    expect(readdirSync(folder)).toEqual([])
  })

  it('says what the usual reasons of pg_dump mean', async () => {
    const { refused } = setUp()
    const says = (text: string) => refused(`x: sh -c 'echo "$1" >&2; exit 1' sh '${text}'`)
    expect(await says('pg_dump: error: aborting because of server version mismatch')).toMatchInlineSnapshot(`
      "x was not made: sh failed with exit code 1. It said last:
      pg_dump: error: aborting because of server version mismatch
      pg_dump must be at least as new as the server. Where several are installed, pg_wrapper runs the newest one: install the package postgresql-client-NN of the server's version, or name /usr/lib/postgresql/NN/bin/pg_dump."
    `)
    expect(await says('fe_sendauth: no password supplied')).toMatch(/as PGPASSWORD from a secret/)
    expect(await refused("x: sh -c 'no-such-program'")).toMatch(/Install what it names in a step before this one/)
    expect(await refused("x: bash -c 'no-such-program'")).toMatch(/Install what it names in a step before this one/)
  })

  it('ends the rest, and what is no failure of a program stays what it is', async () => {
    const { options, refused } = setUp()
    await refused('a: false', `b: sh -c 'echo > ran'`)
    expect(existsSync(join(options.cwd, 'ran'))).toBe(false)
    const broken = setUp({ run: () => Promise.reject(new TypeError('a bug')) })
    await expect(broken.printed('a: true')).rejects.toThrow(TypeError)
  })

  it('may be half of a pipe: sh does not see it, which is said, and bash with pipefail does', async () => {
    const { warnings, printed } = setUp()
    const [entry] = await printed(`a.gz: sh -c '{ echo half; exit 1; } | gzip'`)
    expect(entry?.size).toBeGreaterThan(20)
    expect(warnings).toMatchInlineSnapshot(`
      [
        "The command for a.gz has a pipe, of which sh sees only whether the last program has failed: half a dump would count as one. Write bash -o pipefail -c '…'.",
      ]
    `)
    expect(await setUp().refused(`b.gz: bash -o pipefail -c '{ echo half; exit 1; } | gzip'`)).toMatch(
      /bash failed with exit code 1/,
    )
    expect(warnings.length).toBe(1)
  })
})

it('ends with the signal, removes what was printed, and leaves no process', async () => {
  const controller = new AbortController()
  const reason = new Error('cancelled')
  const { folder, lines, options } = setUp({ signal: controller.signal })
  const log = {
    ...options.log,
    info: (line: string) => {
      lines.push(line)
      if (/^\d+$/.test(line)) controller.abort(reason)
    },
  }
  const commands = parseCommands([`x: sh -c 'echo some; echo $$ >&2; sleep 60'`])
  await expect(runCommands(commands, { ...options, log })).rejects.toBe(reason)
  expect(readdirSync(folder)).toEqual([])
  expect(() => process.kill(Number(lines.at(-1)), 0)).toThrow(/ESRCH/)
})

describe('a command that prints nothing', () => {
  it('fails unless it may', async () => {
    const { folder, printed, refused } = setUp()
    expect(await refused('x.sql: true')).toMatchInlineSnapshot(`
      "x.sql was not made: true ended with exit code 0 and printed nothing.
      Nothing is also white space, zero bytes, and the compressed form of no content. Find out why; where it is right, write "x.sql [allow-empty]: …". In a pipe, bash -o pipefail -c '…' shows which program fails."
    `)
    expect(readdirSync(folder)).toEqual([])
    expect(await printed('x.sql [allow-empty]: true')).toMatchObject([{ size: 0 }])
  })

  it('is also one that prints only what stands for nothing', async () => {
    const { refused } = setUp()
    for (const script of [
      'echo',
      'printf " \\t\\r\\n\\000"',
      ...['gzip', 'gzip -1', 'zstd', 'zstd --check', 'bzip2', 'bzip2 -1', 'xz', 'xz --check=none'].map(
        (by) => `${by} -c < /dev/null`,
      ),
      'echo | gzip',
      'tar cf - -T /dev/null',
      'tar czf - -T /dev/null',
    ]) {
      expect(await refused(`x: sh -c '${script}'`), script).toMatch(/exit code 0 and printed nothing/)
    }
  })

  it('is none that prints anything else', async () => {
    for (const script of [
      'echo 0',
      'printf "\\037\\213"',
      'printf "\\037\\213 no gzip"',
      'printf "(\\265/\\375 no zstd"',
      'printf BZh',
      ...['gzip', 'zstd', 'bzip2', 'xz'].map((by) => `echo x | ${by} -c`),
      '{ : | gzip; echo x | gzip; }',
      'head -c 70000 /dev/zero',
      '{ head -c 60000 /dev/zero; echo x; }',
    ]) {
      expect(await setUp().printed(`x: sh -c '${script}'`), script).toHaveLength(1)
    }
  })
})

it('gives them the environment of the step without what is this action’s or the runner’s', () => {
  const kept = { PATH: '/bin', PGPASSWORD: 'x', ACTIONS_ID_TOKEN_REQUEST_URL: 'u', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't' }
  const withheld = {
    INPUT_IDENTITY: 'x',
    'INPUT_GITHUB-TOKEN': 'x',
    STATE_x: 'x',
    ACTIONS_RUNTIME_TOKEN: 'x',
    ACTIONS_RUNTIME_URL: 'x',
    ACTIONS_RESULTS_URL: 'x',
    ACTIONS_CACHE_URL: 'x',
    GITHUB_OUTPUT: 'x',
    GITHUB_ENV: 'x',
    GITHUB_PATH: 'x',
    GITHUB_STATE: 'x',
    GITHUB_STEP_SUMMARY: 'x',
  }
  expect(commandEnvironment({ ...kept, ...withheld, GITHUB_SHA: 'a' })).toEqual({ ...kept, GITHUB_SHA: 'a' })
})

it('runs a program alone, with what it prints in the log', async () => {
  const { lines, options } = setUp()
  const program = parseProgram(`sh -c 'echo out; echo err >&2; exit $1' sh 4`, 'x')
  const { folder: _, ...rest } = options
  expect((await runProgram(program, rest))?.message).toBe('sh failed with exit code 4. It said last:\nerr')
  expect(lines.toSorted()).toEqual(['err', 'out'])
  expect(await runProgram(parseProgram('true', 'x'), rest)).toBeUndefined()
})
