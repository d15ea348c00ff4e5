/** Values that an issuer has to revoke: when it gets them, and what holds it up. */
import { describe, expect, it } from 'vitest'
import { journalOf } from './journal.ts'
import { refusalOf } from './refusal.ts'
import { DAY, EARLIER, NAME, NEXT, OLD, PREVIOUS, REPO, rotated, startScene } from './setup.ts'

describe('a value that an issuer has to revoke', () => {
  it('is revoked when its grace is over, before the last copy of it goes', async () => {
    await using scene = await rotated(8)
    const journal = journalOf(scene)
    const inputs = { 'revoke-command': journal.program('revoke'), previous: EARLIER }
    const ended = await scene.rotate(inputs, undefined, journal.limits)
    expect(ended.outputs['result']).toBe('retired')
    expect(journal.written()).toEqual([`revoke: ${EARLIER}`, `DELETE secrets/${PREVIOUS}`])
  })

  it('is revoked before another one takes its slot', async () => {
    await using scene = await rotated(40)
    const journal = journalOf(scene)
    const inputs = { 'revoke-command': journal.program('revoke'), previous: EARLIER }
    const ended = await scene.rotate(inputs, undefined, journal.limits)
    expect(ended.outputs['result']).toBe('rotated')
    expect(journal.written().slice(0, 3)).toEqual([
      `PUT secrets/${NEXT}`,
      `revoke: ${EARLIER}`,
      `PUT secrets/${PREVIOUS}`,
    ])
    expect(journal.given('revoke')).toEqual([EARLIER])
  })

  it('is revoked at once without a grace, after nothing needs it any more', async () => {
    await using scene = await startScene()
    const journal = journalOf(scene)
    const inputs = { 'revoke-command': journal.program('revoke'), grace: '0' }
    const ended = await scene.rotate(inputs, undefined, journal.limits)
    expect(ended.error).toBeUndefined()
    expect(journal.written()).toEqual([
      `PUT secrets/${NEXT}`,
      `PUT secrets/${PREVIOUS}`,
      `PUT secrets/${NAME}`,
      `DELETE secrets/${NEXT}`,
      `revoke: ${OLD}`,
      `DELETE secrets/${PREVIOUS}`,
    ])
  })

  it('is kept until it is revoked, which the next run tries again', async () => {
    await using scene = await rotated(8)
    const journal = journalOf(scene)
    const failing = {
      'revoke-command': journal.program('revoke', 'echo "the issuer is down" >&2; exit 3'),
      previous: EARLIER,
    }
    const ended = await scene.rotate(failing, undefined, journal.limits)
    expect(journal.written()).toEqual([`revoke: ${EARLIER}`])
    expect(scene.held()[PREVIOUS]).toBe(EARLIER)
    expect(ended.error).toMatch(
      /^SESSION_KEY works as before, and its previous value was not retired\. The old value was not revoked: /,
    )
    expect(ended.error).toContain('exit code 3')
    expect(ended.error).toContain('the issuer is down')
    expect(ended.error).toContain('It is kept until it is revoked: the next run tries again.')
    const again = await scene.rotate({ 'revoke-command': journal.program('revoke'), previous: EARLIER })
    expect(again.outputs['result']).toBe('retired')
    expect(journal.given('revoke')).toEqual([EARLIER, EARLIER])
    expect(scene.held()).toEqual({ [NAME]: OLD })
  })

  it('is kept in an emergency until it is revoked, and revoked by the next run', async () => {
    await using scene = await startScene()
    const journal = journalOf(scene)
    const emergency = { force: 'true', grace: '0', 'revoke-command': journal.program('revoke', 'exit 1') }
    const ended = await scene.rotate(emergency)
    expect(ended.outputs['result']).toBe('rotated')
    expect(ended.error).toMatch(
      /^The new value of SESSION_KEY is in place everywhere, and what comes after that failed\. /,
    )
    expect(ended.summary).toMatch(/^### Secret `SESSION_KEY`: \*\*rotated, and not cleaned up\*\*\n/)
    expect(scene.held()[PREVIOUS]).toBe(OLD)
    const again = await scene.rotate({ grace: '0', 'revoke-command': journal.program('revoke'), previous: OLD })
    expect(again.outputs['result']).toBe('retired')
    expect(journal.given('revoke')).toEqual([OLD, OLD])
    expect(Object.keys(scene.held())).toEqual([NAME])
  })

  it.each([
    ['whose issuer is down', { previous: EARLIER }, 'revoke this one at its issuer by hand'],
    ['that was not given', {}, undefined],
  ])('holds no emergency up, %s', async (_, given, said) => {
    await using scene = await rotated(3)
    const journal = journalOf(scene)
    const script = `test "$(tail -n 1 '${scene.workspace}/journal')" != 'revoke: ${EARLIER}'`
    const emergency = { force: 'true', grace: '0', 'revoke-command': journal.program('revoke', script), ...given }
    const ended = await scene.rotate(emergency)
    expect(Object.keys(scene.held())).toEqual([NAME])
    expect(scene.held()[NAME]).not.toBe(OLD)
    expect(ended.outputs['result']).toBe('rotated')
    expect(journal.given('revoke')).toContain(OLD)
    if (said !== undefined) expect(ended.error).toContain(said)
    else expect(ended.warnings.join()).toContain('Input previous is empty')
  })

  it.each([
    ['is not given', { current: '' }, 'Input current is empty, so that the old value of SESSION_KEY cannot be given'],
    ['may be an older one', {}, 'Input current may hold an older value'],
  ])('is not revoked, and that is said, in an emergency where the current one %s', async (_, given, said) => {
    await using scene = await startScene()
    const journal = journalOf(scene)
    const run = scene.newRun()
    scene.github.passTime(5000)
    scene.github.setSecret(REPO, NAME, OLD)
    const emergency = { force: 'true', grace: '0', 'revoke-command': journal.program('revoke'), ...given }
    const ended = await scene.rotate(emergency, run)
    expect(ended).toMatchObject({ error: undefined, outputs: { result: 'rotated' } })
    expect(journal.given('revoke')).toEqual([])
    expect(ended.warnings).toEqual([expect.stringContaining(said)])
    expect(ended.warnings[0]).toMatch(/revoke it at its issuer by hand\.$/)
  })

  it('has to be given', async () => {
    await using scene = await rotated(8)
    const ended = await scene.rotate({ 'revoke-command': 'cat' })
    expect(refusalOf(ended)).toBe(
      `${PREVIOUS} is to be revoked, and its value was not given to this run.\nGive the step "previous: \${{ secrets.${PREVIOUS} }}": revoke-command gets it on standard input.`,
    )
  })

  it('has to be the one that is there now', async () => {
    await using scene = await rotated(8)
    const run = scene.newRun()
    scene.github.passTime(9 * DAY)
    scene.github.setSecret(REPO, PREVIOUS, 'another')
    scene.github.setSecret(REPO, NAME, 'newer')
    scene.github.passTime(8 * DAY)
    const ended = await scene.rotate({ 'revoke-command': 'cat', previous: EARLIER }, run)
    expect(refusalOf(ended)).toMatch(new RegExp(`^${PREVIOUS} was written at .*, after this run was created`))
  })

  it('is not asked for while nothing is to be revoked', async () => {
    await using scene = await rotated(3)
    const ended = await scene.rotate({ 'revoke-command': 'false' })
    expect(ended.outputs['result']).toBe('not-due')
  })
})
