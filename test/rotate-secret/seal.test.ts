import fc from 'fast-check'
import sodium from 'libsodium-wrappers'
import { describe, expect, it, vi } from 'vitest'
import { seal } from '../../actions/rotate-secret/seal.ts'
import { newSealingKey } from '../../rehearsal/github/secrets/sealed-box.ts'
import { anyText } from './any-text.ts'

const key = newSealingKey()

async function sealed(value: string, publicKey: string = key.publicKey): Promise<Buffer> {
  return Buffer.from(await seal(value, publicKey), 'base64')
}

describe('a sealed value', () => {
  it.each([
    ['nothing', ''],
    ['a word', 'hunter2'],
    ['a byte order mark', '\ufeffvalue'],
    ['zeros and line ends', '\0\r\n\0\n'],
    ['as much as GitHub takes', '🔑'.repeat(12 * 1024)],
  ])('is opened by an implementation of its own: %s', async (_, value) => {
    expect(key.open(await sealed(value))).toBe(value)
  })

  it('comes back whole, whatever its characters', async () => {
    await fc.assert(
      fc.asyncProperty(anyText(400), async (text) => {
        expect(key.open(await sealed(text))).toBe(text)
      }),
    )
  })

  it('is 48 bytes longer, in canonical base64', async () => {
    const text = await seal('ä', key.publicKey)
    expect(Buffer.from(text, 'base64')).toHaveLength(2 + 48)
    expect(Buffer.from(text, 'base64').toString('base64')).toBe(text)
  })

  it('differs each time, in the key and in the rest', async () => {
    const boxes = await Promise.all(Array.from({ length: 50 }, () => sealed('hunter2')))
    expect(new Set(boxes.map((box) => box.subarray(0, 32).toString('hex'))).size).toBe(50)
    expect(new Set(boxes.map((box) => box.subarray(32).toString('hex'))).size).toBe(50)
  })

  it('leaves no copy in the buffer that was given to the library', async () => {
    const box = vi.spyOn(sodium, 'crypto_box_seal')
    await seal('hunter2', key.publicKey)
    expect(box.mock.calls.map(([bytes]) => bytes)).toEqual([Buffer.alloc('hunter2'.length)])
    box.mockRestore()
  })
})

describe('a box is not opened', () => {
  it('with another key', async () => {
    expect(newSealingKey().open(await sealed('hunter2'))).toBeUndefined()
  })

  it('with any bit of it changed', async () => {
    const box = await sealed('hunter2')
    for (const index of box.keys()) {
      const damaged = Uint8Array.from(box, (byte, at) => (at === index ? byte ^ 1 : byte))
      expect(key.open(damaged)).toBeUndefined()
    }
  })

  it('when it is cut short, at any place', async () => {
    const box = await sealed('hunter2')
    for (const length of box.keys()) expect(key.open(box.subarray(0, length))).toBeUndefined()
    expect(key.open(new Uint8Array(48))).toBeUndefined()
  })

  it('when what is in it is not UTF-8', async () => {
    await sodium.ready
    const publicKey = Buffer.from(key.publicKey, 'base64')
    for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80]]) {
      expect(key.open(sodium.crypto_box_seal(Uint8Array.from(bytes), publicKey))).toBeUndefined()
    }
  })
})

describe('a key of GitHub', () => {
  it('has a number for a name that JavaScript could not hold, and another one each time', () => {
    const ids = Array.from({ length: 20 }, () => newSealingKey().keyId)
    for (const id of ids) {
      expect(id).toMatch(/^[1-9]\d{18}$/)
      expect(Number(id)).toBeGreaterThan(Number.MAX_SAFE_INTEGER)
    }
    expect(new Set(ids).size).toBe(20)
  })

  it.each([
    ['nothing', '', 'has 0 bytes instead of 32'],
    ['too short', Buffer.alloc(31, 9).toString('base64'), 'has 31 bytes instead of 32'],
    ['too long', Buffer.alloc(33, 9).toString('base64'), 'has 33 bytes instead of 32'],
    ['hex', Buffer.alloc(32, 9).toString('hex'), 'has 48 bytes instead of 32'],
    ['base64url', Buffer.alloc(32, 255).toString('base64url'), 'is not base64'],
    ['a line', `${key.publicKey}\n`, 'is not base64'],
    ['without padding', key.publicKey.replace('=', ''), 'is not base64'],
    ['JSON', '{"key": 1}', 'is not base64'],
    ['of small order', Buffer.alloc(32).toString('base64'), 'is one that anybody could open'],
  ])('is refused when nothing can be sealed to it: %s', async (_, publicKey, problem) => {
    await expect(seal('hunter2', publicKey)).rejects.toMatchObject({
      name: 'ActionError',
      message: `GitHub's public key ${problem}, so nothing can be sealed to it.`,
      hint: expect.stringContaining('run the step again'),
    })
  })
})
