import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { jobOf, names, outcomes, printed, quick, rehearseText, step } from '../support/rehearse.ts'

describe('steps', () => {
  test('after a failed one are skipped unless they ask for failure() or always(), and see what came before', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { name: Fine, id: fine, run: 'true' }
- { name: Bad, id: bad, run: exit 4 }
- { name: Plain, id: plain, run: 'true' }
- { name: On failure, if: failure(), run: 'echo ran' }
- { name: On failure of bad, if: "failure() && steps.bad.outcome == 'failure'", run: 'echo ran' }
- { name: Always, if: always(), run: 'echo "\${{ steps.fine.outcome }} \${{ steps.bad.conclusion }} \${{ steps.plain.outcome }} \${{ job.status }}"' }
- { name: On cancel, if: cancelled(), run: 'echo ran' }
`),
    )
    expect(rehearsal.result).toBe('failure')
    expect(outcomes(rehearsal)).toEqual([
      'Fine: success',
      'Bad: failure',
      'Plain: skipped',
      'On failure: success',
      'On failure of bad: success',
      'Always: success',
      'On cancel: skipped',
    ])
    expect(printed(rehearsal, 'Always')).toEqual(['success failure skipped failure'])
    expect(step(rehearsal, 'Bad').annotations).toEqual([
      { level: 'error', message: 'Process completed with exit code 4.' },
    ])
  })

  test('that may fail keep their outcome, and the job goes on as if they had not failed', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { name: Shaky, id: shaky, continue-on-error: true, run: exit 1 }
- { name: Next, run: 'echo "\${{ steps.shaky.outcome }} \${{ steps.shaky.conclusion }} \${{ job.status }}"' }
- { name: Depends, continue-on-error: "\${{ github.ref_name == 'main' }}", run: exit 1 }
`),
    )
    expect(rehearsal.result).toBe('success')
    expect(outcomes(rehearsal)).toEqual(['Shaky: failure → success', 'Next: success', 'Depends: failure → success'])
    expect(printed(rehearsal, 'Next')).toEqual(['failure success success'])
  })

  test('run bash that stops at the first failed command; a failed pipe stops it when bash is asked for by name', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { name: Default, continue-on-error: true, run: "false | true\\necho after the pipe\\nfalse\\necho never" }
- { name: Bash, continue-on-error: true, shell: bash, run: "false | true\\necho never" }
- { name: Sh, shell: sh, run: 'echo "from \${0##*.}"' }
`),
    )
    expect(printed(rehearsal, 'Default')).toEqual(['after the pipe', '##[error]Process completed with exit code 1.'])
    expect(printed(rehearsal, 'Bash')).toEqual(['##[error]Process completed with exit code 1.'])
    expect(printed(rehearsal, 'Sh')).toEqual(['from sh'])
  })

  test('start where working-directory says, the nearest default winning', async () => {
    const rehearsal = await rehearseText(`
on: push
defaults: { run: { working-directory: one, shell: bash } }
jobs:
  job:
    runs-on: ubuntu-latest
    defaults: { run: { working-directory: two } }
    steps:
      - { name: Make, working-directory: '.', run: mkdir -p one two three }
      - { name: Job, run: 'basename "$PWD"; set -o | grep pipefail' }
      - { name: Own, working-directory: three, run: 'basename "$PWD"' }
      - { name: Missing, continue-on-error: true, working-directory: four, run: 'true' }
`)
    expect(printed(rehearsal, 'Job')).toEqual(['two', 'pipefail       \ton'])
    expect(printed(rehearsal, 'Own')).toEqual(['three'])
    expect(step(rehearsal, 'Missing').annotations[0]?.message).toMatch(/^The working directory '.*four' does not exist/)
  })

  test('see the environment of the workflow, the job and their own, each winning over the one before', async () => {
    const rehearsal = await rehearseText(`
on: push
env: { A: workflow, B: workflow, C: workflow }
jobs:
  job:
    runs-on: ubuntu-latest
    env: { B: job, C: job }
    steps:
      - name: Show
        env: { C: step, D: '\${{ env.C }}' }
        run: echo $A $B $C $D \${{ env.C }}
      - { name: After, run: 'echo $C "[$D]"' }
`)
    expect(printed(rehearsal, 'Show')).toEqual(['workflow job step job step'])
    expect(printed(rehearsal, 'After')).toEqual(['job []'])
  })

  test('hand outputs, environment and PATH on through their files', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- name: Write
  id: write
  run: |
    mkdir tools && printf '#!/bin/sh\\necho my tool' > tools/mytool && chmod +x tools/mytool
    echo "$PWD/tools" >> "$GITHUB_PATH"
    echo "GREETING=hello" >> "$GITHUB_ENV"
    { echo 'text<<END'; echo 'two'; echo 'lines'; echo 'END'; } >> "$GITHUB_OUTPUT"
    echo "NODE_OPTIONS=--inspect" >> "$GITHUB_ENV"
- { name: Read, env: { TEXT: '\${{ steps.write.outputs.text }}' }, run: 'mytool; echo "$GREETING [$NODE_OPTIONS] \${{ env.GREETING }}"; echo "$TEXT"' }
`),
    )
    expect(printed(rehearsal, 'Read')).toEqual(['my tool', 'hello [] hello', 'two', 'lines'])
    expect(step(rehearsal, 'Write').outputs).toEqual({ text: 'two\nlines' })
    expect(step(rehearsal, 'Write').annotations[0]?.message).toContain("Can't store NODE_OPTIONS")
  })

  test('fail on a file command that cannot be read', async () => {
    const rehearsal = await rehearseText(jobOf(`- { name: Bad, run: 'echo "no separator" >> "$GITHUB_OUTPUT"' }`))
    expect(outcomes(rehearsal)).toEqual(['Bad: failure'])
    expect(step(rehearsal, 'Bad').annotations.map(({ message }) => message)).toEqual([
      "Unable to process file command 'output' successfully.",
      "Invalid format 'no separator'",
    ])
  })

  test('fail when they take longer than timeout-minutes, and the job goes on to what asks for failure()', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { name: Slow, timeout-minutes: 1, uses: fixture/listen@v1 }
- { name: Told, if: failure(), run: 'true' }
`),
      { clock: { ...quick, minute: 3000 } },
    )
    expect(outcomes(rehearsal)).toEqual(['Slow: failure', 'Told: success'])
    expect(step(rehearsal, 'Slow').outputs).toEqual({ signal: 'SIGINT' })
    expect(step(rehearsal, 'Slow').annotations.map(({ message }) => message)).toEqual([
      "The action 'Slow' has timed out after 1 minutes.",
    ])
  })

  test('are named as GitHub names them', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- run: |
    echo first line
    echo second
- name: Named \${{ github.ref_name }}
  run: 'true'
- uses: fixture/late@v1
`),
    )
    expect(names(rehearsal)).toEqual([
      'Run echo first line',
      'Named main',
      'Run fixture/late@v1',
      'Post Run fixture/late@v1',
    ])
  })

  test('get a script as YAML means it, expressions, quotes and here-documents included', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- name: Literal
  run: |
    cat <<'END'
      two '\${{ github.ref_name }}' and 'three' {0} {{}}
    END
- name: Folded
  run: >
    echo one
    '\${{ github.event_name }}'
    two
- name: Quoted
  run: "echo 'a'
    '\${{ github.job }}'"
- name: Strings
  run: echo "\${{ 'it''s ''here''' }}" "\${{ format('{0} {{0}}', 'x') }}"
`),
    )
    expect(printed(rehearsal, 'Literal')).toEqual(["  two 'main' and 'three' {0} {{}}"])
    expect(printed(rehearsal, 'Folded')).toEqual(['one push two'])
    expect(printed(rehearsal, 'Quoted')).toEqual(['a job'])
    expect(printed(rehearsal, 'Strings')).toEqual(["it's 'here' x {0}"])
  })

  test('compute hashFiles() over the workspace', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- run: mkdir -p a/b && echo 1 > a/x.lock && echo 2 > a/b/y.lock
- { name: Both, run: "echo \${{ hashFiles('**/*.lock') }}" }
- { name: One, run: "echo \${{ hashFiles('**/*.lock', '!a/b/**') }}" }
- { name: None, run: "echo [\${{ hashFiles('*.nothing') }}]" }
`),
    )
    const sha256 = (...parts: readonly (string | Buffer)[]) =>
      parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()
    // Over the digests, in the order of the paths: a/b/y.lock, a/x.lock.
    expect(printed(rehearsal, 'Both')).toEqual([sha256(sha256('2\n'), sha256('1\n')).toString('hex')])
    expect(printed(rehearsal, 'One')).toEqual([sha256(sha256('1\n')).toString('hex')])
    expect(printed(rehearsal, 'None')).toEqual(['[]'])
  })

  test('fail when one of their expressions does', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { name: Bad, env: { X: "\${{ fromJSON('{') }}" }, run: 'true' }
- { name: Cleanup, if: failure(), run: 'true' }
`),
    )
    expect(outcomes(rehearsal)).toEqual(['Bad: failure', 'Cleanup: success'])
    expect(step(rehearsal, 'Bad').annotations).toHaveLength(1)
  })
})
