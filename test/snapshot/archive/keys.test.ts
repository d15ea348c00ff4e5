import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseIdentities, parseRecipients } from '../../../actions/snapshot/archive/keys.ts'
import { ActionError } from '../../../src/errors.ts'
import { IDENTITY, OTHER_IDENTITY, OTHER_RECIPIENT, RECIPIENT } from './setup.ts'

it('takes what the library makes', async () => {
  for (const make of [generateX25519Identity, generateHybridIdentity]) {
    const identity = await make()
    const recipient = await identityToRecipient(identity)
    expect(parseIdentities(identity)).toEqual([identity])
    expect(parseRecipients([recipient])).toEqual([recipient])
  }
})

it('passes over comments and empty lines', () => {
  expect(parseRecipients(['# the team', RECIPIENT, '', `  ${OTHER_RECIPIENT}  `])).toEqual([RECIPIENT, OTHER_RECIPIENT])
  const text = `# created: 2026-11-27\r\n# public key: ${RECIPIENT}\r\n${IDENTITY}\r\n\r\n${OTHER_IDENTITY}\n`
  expect(parseIdentities(text)).toEqual([IDENTITY, OTHER_IDENTITY])
  expect(parseRecipients([])).toEqual([])
  expect(parseIdentities('')).toEqual([])
})

it.each([
  ['not-a-key', 'does not begin with age1'],
  [RECIPIENT.slice(0, -1), 'is mistyped or cut short: its checksum does not fit'],
  [RECIPIENT.replace('age1j', 'age1k'), 'is mistyped or cut short: its checksum does not fit'],
  [RECIPIENT.toUpperCase(), 'does not begin with age1'],
  [`${RECIPIENT} ${OTHER_RECIPIENT}`, 'holds more than one word'],
  ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ me', 'is an SSH key, which this action does not take'],
  ['age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t', 'needs a plugin of age'],
])('says what is wrong with the recipient %s', (line, why) => {
  expect(() => parseRecipients([RECIPIENT, line])).toThrow(`Line 2 of input recipients is no age public key: it ${why}`)
})

it('says that a secret key among the recipients has to be replaced, and does not repeat it', () => {
  for (const line of [IDENTITY, IDENTITY.toLowerCase(), `key: ${IDENTITY}`]) {
    const error = errorOf(() => parseRecipients(['', RECIPIENT, line]))
    expect(error.message).toBe('Line 3 of input recipients is a secret key, where a public one belongs.')
    expect(error.hint).toContain('make a new pair of keys')
    expect(error.text.toUpperCase()).not.toContain(IDENTITY.slice(20, 40))
  }
})

it.each([
  [RECIPIENT, 'is a public key'],
  [IDENTITY.slice(0, -2), 'is mistyped or cut short'],
  [`${IDENTITY}Q`, 'is mistyped or cut short'],
  [IDENTITY.toLowerCase(), 'does not begin with AGE-SECRET-KEY-'],
  ['-----BEGIN OPENSSH PRIVATE KEY-----', 'is an SSH key'],
  ['AGE-PLUGIN-YUBIKEY-1Q9PSXQ', 'needs a plugin of age'],
  ['hunter2', 'does not begin with AGE-SECRET-KEY-'],
])('says what is wrong with an identity, and does not repeat it (%#)', (line, why) => {
  const error = errorOf(() => parseIdentities(`# key\n${line}`))
  expect(error.message).toContain(`Line 2 of input identity is no age secret key: it ${why}`)
  expect(error.text).not.toContain(line.slice(-8))
})

it('says that there is no identity in a text of comments', () => {
  expect(() => parseIdentities('# public key: age1…\n')).toThrow('Input identity contains no age secret key.')
})

it('finds every single mistyped character', () => {
  const place = fc.nat({ max: RECIPIENT.length - 1 })
  const character = fc.constantFrom(...'qpzry9x8gf2tvdw0s3jn54khce6mua7lbio1A ')
  fc.assert(
    fc.property(place, character, (at, other) => {
      fc.pre(RECIPIENT[at] !== other)
      const typed = `${RECIPIENT.slice(0, at)}${other}${RECIPIENT.slice(at + 1)}`
      fc.pre(typed.trim() === typed)
      expect(() => parseRecipients([typed])).toThrow('is no age public key')
    }),
  )
})

function errorOf(work: () => unknown): ActionError {
  try {
    work()
  } catch (error) {
    if (error instanceof ActionError) return error
  }
  throw new Error('Nothing was thrown.')
}
