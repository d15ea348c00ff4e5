import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { generate } from '../../actions/rotate-secret/generate.ts'
import { publicHalf } from '../../actions/rotate-secret/public-half.ts'
import { ActionError } from '../../src/errors.ts'
import { lacks } from '../support/tools.ts'
import { runIn } from './key-files.ts'

const ed25519 = await generate({ kind: 'ed25519' })
const rsa = await generate({ kind: 'rsa', bits: 2048 })
const ssh = await generate({ kind: 'ssh-ed25519' })
const data = Buffer.from('what is signed')

describe.each([
  ['Ed25519', ed25519, await generate({ kind: 'ed25519' }), undefined],
  ['RSA', rsa, await generate({ kind: 'rsa', bits: 2048 }), 'sha256'],
])('the public half of %s', (_, privateKey, other, algorithm) => {
  it('is a PEM with a final newline, and nothing of the private half', () => {
    expect(publicHalf(privateKey)).toMatch(
      /^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+\n-----END PUBLIC KEY-----\n$/,
    )
    expect(createPublicKey(publicHalf(privateKey)).type).toBe('public')
  })

  it('verifies what the private half signs, and nothing else', () => {
    const signature = sign(algorithm, data, privateKey)
    expect(verify(algorithm, data, publicHalf(privateKey), signature)).toBe(true)
    expect(verify(algorithm, data, publicHalf(other), signature)).toBe(false)
    expect(verify(algorithm, Buffer.from('forged'), publicHalf(privateKey), signature)).toBe(false)
  })

  it.skipIf(lacks('openssl'))('is what openssl derives', () => {
    expect(publicHalf(privateKey)).toBe(runIn('.', 'openssl', ['pkey', '-pubout'], privateKey))
  })
})

describe('the public half', () => {
  it('of an OpenSSH key is a line of authorized_keys', () => {
    expect(publicHalf(ssh)).toMatch(/^ssh-ed25519 AAAA[A-Za-z0-9+/]+$/)
    expect(publicHalf(ssh.trimEnd())).toBe(publicHalf(ssh))
  })

  it.each(['pkcs1', 'sec1'] as const)('of a key that somebody else made is told too: %s', (type) => {
    const pair =
      type === 'pkcs1'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const privateKey = pair.privateKey.export({ format: 'pem', type }).toString()
    expect(publicHalf(privateKey)).toBe(pair.publicKey.export({ format: 'pem', type: 'spki' }))
  })

  it('is told of a secret that lost its last newline, or has the line ends of Windows', () => {
    expect(publicHalf(ed25519.trimEnd())).toBe(publicHalf(ed25519))
    expect(publicHalf(ed25519.replaceAll('\n', '\r\n'))).toBe(publicHalf(ed25519))
  })
})

describe('anything else', () => {
  const locked = generateKeyPairSync('ed25519').privateKey.export({
    format: 'pem',
    type: 'pkcs8',
    cipher: 'aes-256-cbc',
    passphrase: 'hunter2',
  })

  it.each([
    ['nothing', ''],
    ['a password', 'hunter2-and-more'],
    ['a public key', publicHalf(ed25519)],
    ['a public key of SSH', publicHalf(ssh)],
    ['a key with a passphrase', locked.toString()],
    ['a damaged PEM', rsa.split('\n').toSpliced(3, 1).join('\n')],
    ['a damaged OpenSSH key', ssh.replace('AAAAB', 'AAAAC')],
    ['the first line of one', '-----BEGIN OPENSSH PRIVATE KEY-----\n'],
  ])('is refused without showing any of it: %s', (_, value) => {
    const error = errorOf(() => publicHalf(value))
    expect(error).toBeInstanceOf(ActionError)
    expect(error).toMatchObject({
      message: 'The value is no private key whose public half can be told.',
      hint: expect.stringMatching(
        /^It has to be a PEM without a passphrase, or an Ed25519 key of OpenSSH without one\./,
      ),
      cause: undefined,
    })
  })
})

function errorOf(action: () => unknown): unknown {
  try {
    return action()
  } catch (error) {
    return error
  }
}
