import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { newSshKey, SSH_KEY_SIZE, sshPublicKey } from '../../actions/rotate-secret/ssh-key.ts'
import { lacks } from '../support/tools.ts'
import { runIn, withFiles } from './key-files.ts'

const FORM =
  /^-----BEGIN OPENSSH PRIVATE KEY-----\n(?:[A-Za-z0-9+/]{70}\n)*[A-Za-z0-9+/=]{1,70}\n-----END OPENSSH PRIVATE KEY-----\n$/
const key = newSshKey()
const line = sshPublicKey(key) ?? ''

function bytesOf(file: string): Buffer {
  return Buffer.from(file.split('\n').slice(1, -2).join(''), 'base64')
}

function fileOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('base64')
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${text}\n-----END OPENSSH PRIVATE KEY-----\n`
}

describe('a new key', () => {
  it('is a file of OpenSSH, always of one size, with lines as long as those of ssh-keygen', () => {
    for (let time = 0; time < 100; time++) {
      const file = newSshKey()
      expect(file).toMatch(FORM)
      expect(file).toHaveLength(SSH_KEY_SIZE)
    }
  })

  it('differs from the next one, and so does its public half', () => {
    const keys = Array.from({ length: 50 }, newSshKey)
    expect(new Set(keys).size).toBe(50)
    expect(new Set(keys.map(sshPublicKey)).size).toBe(50)
  })

  it('has check numbers of its own, and padding that counts', () => {
    const bytes = bytesOf(key)
    const checks = bytesOf(newSshKey()).subarray(98, 102)
    expect(bytes.subarray(98, 102)).toEqual(bytes.subarray(102, 106))
    expect(bytes.subarray(98, 102)).not.toEqual(checks)
    expect([...bytes.subarray(-9)]).toEqual([0, 0, 0, 0, 1, 2, 3, 4, 5])
  })
})

describe.skipIf(lacks('ssh-keygen'))('ssh-keygen', () => {
  it('reads a new key and derives the same public half', () => {
    const derived = withFiles({ key }, (folder) => runIn(folder, 'ssh-keygen', ['-y', '-f', 'key']))
    expect(derived.trim()).toBe(line)
  })

  it('writes a new key as it is, but for the check numbers', () => {
    const written = withFiles({ key }, (folder) => {
      runIn(folder, 'ssh-keygen', ['-p', '-N', '', '-f', 'key'])
      return readFileSync(join(folder, 'key'), 'utf8')
    })
    expect(written).toMatch(FORM)
    const withoutChecks = (file: string) => bytesOf(file).fill(0, 98, 106)
    expect(withoutChecks(written)).toEqual(withoutChecks(key))
  })

  it('signs with the private half, and verifies with the published one, and with no other', () => {
    const files = {
      key,
      published: `deploy@example.com ${line}\n`,
      other: `deploy@example.com ${sshPublicKey(newSshKey())}\n`,
    }
    withFiles(files, (folder) => {
      runIn(folder, 'ssh-keygen', ['-Y', 'sign', '-f', 'key', '-n', 'file', 'published'])
      const verify = ['-Y', 'verify', '-I', 'deploy@example.com', '-n', 'file', '-s', 'published.sig', '-f']
      expect(runIn(folder, 'ssh-keygen', [...verify, 'published'], files.published)).toMatch(/^Good "file" signature/)
      expect(() => runIn(folder, 'ssh-keygen', [...verify, 'other'], files.published)).toThrow()
      expect(() => runIn(folder, 'ssh-keygen', [...verify, 'published'], 'forged')).toThrow()
    })
  })

  it('makes keys whose public half is told, whatever their comment', () => {
    for (const comment of ['', 'deploy', 'deploy@example.com é '.repeat(20)]) {
      const { made, published } = make(['-t', 'ed25519', '-N', '', '-C', comment])
      expect(sshPublicKey(made)).toBe(published.split(' ').slice(0, 2).join(' ').trim())
    }
  })

  it.each([
    ['with a passphrase', ['-t', 'ed25519', '-N', 'hunter2']],
    ['of another type', ['-t', 'ecdsa', '-N', '']],
    ['of another type and length', ['-t', 'rsa', '-b', '2048', '-N', '']],
  ])('makes keys whose public half is not told: %s', (_, options) => {
    expect(sshPublicKey(make(options).made)).toBeUndefined()
  })
})

function make(options: readonly string[]): { readonly made: string; readonly published: string } {
  return withFiles({}, (folder) => {
    runIn(folder, 'ssh-keygen', ['-q', '-f', 'made', ...options])
    const [made = '', published = ''] = ['made', 'made.pub'].map((name) => readFileSync(join(folder, name), 'utf8'))
    return { made, published }
  })
}

describe('the public half', () => {
  it('is a line of authorized_keys', () => {
    expect(line).toMatch(/^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43}$/)
  })

  it('is told of a file with the line ends of Windows, and of one that lost its last', () => {
    expect(sshPublicKey(key.replaceAll('\n', '\r\n'))).toBe(line)
    expect(sshPublicKey(key.trimEnd())).toBe(line)
  })

  it('is not told when a bit of any byte up to the comment is wrong', () => {
    const bytes = bytesOf(key)
    for (const index of bytes.subarray(0, -9).keys()) {
      const damaged = Uint8Array.from(bytes, (byte, at) => (at === index ? byte ^ (1 << (at & 7)) : byte))
      expect(sshPublicKey(fileOf(damaged))).toBeUndefined()
    }
    expect(sshPublicKey(fileOf(bytes))).toBe(line)
  })

  it('is not told of a file that is cut short, or has more in it', () => {
    const bytes = bytesOf(key)
    for (const length of bytes.keys()) expect(sshPublicKey(fileOf(bytes.subarray(0, length)))).toBeUndefined()
    expect(sshPublicKey(fileOf(Buffer.concat([bytes, Buffer.alloc(8)])))).toBeUndefined()
  })

  it.each(['', '-----BEGIN OPENSSH PRIVATE KEY-----', key.split('\n').slice(1).join('\n'), key.slice(0, -10), line])(
    'is not told of something else (%#)',
    (text) => {
      expect(sshPublicKey(text)).toBeUndefined()
    },
  )
})
