import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const HTTP = join(import.meta.dirname, '../../../actions/smoke-check/http')

/** Ends a process whose resolver is held up, all threads that it could use being busy for seconds. */
function run(end: string) {
  const script = `
    import { pbkdf2 } from 'node:crypto'
    import { systemLookup } from '${HTTP}/addresses.ts'
    import { leave } from '${HTTP}/leave.ts'
    for (let thread = 0; thread < 4; thread++) pbkdf2('a', 'b', 3_000_000, 64, 'sha512', () => {})
    systemLookup()('localhost', 4)
    console.log('said before')
    ${end}`
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script])
  return { status, stdout: String(stdout), stderr: String(stderr), took: performance.now() - started }
}

test('a process is left at once although the resolver has not answered, with its exit code and all that it said', () => {
  const waited = run('process.exit(3)')
  const left = run('leave(3)')
  expect(left).toMatchObject({ status: 3, stdout: 'said before\n', stderr: '' })
  expect(left.took).toBeLessThan(waited.took / 2)
})

test('a process with nothing under way exits as usual', () => {
  const script = `import { leave } from '${HTTP}/leave.ts'; process.on('exit', () => console.log('usual')); leave(4)`
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script])
  expect({ status, stdout: String(stdout) }).toEqual({ status: 4, stdout: 'usual\n' })
})
