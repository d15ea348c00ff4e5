/** The line by which an upload is told from all others: it survives whatever a commit message holds. */
import { describe, expect, it } from 'vitest'
import { isSameMark, readMark, withMark } from '../../actions/deploy-pages/trailer.ts'

const mark = { runId: 12_345_678_901, digest: '0123456789abcdef'.repeat(2) }
const LINE = `Slipway-Upload: 12345678901-${mark.digest}`

/** As Cloudflare gets it. */
const sent = (message: string) => message.replaceAll('\n', '\r\n')

describe('the mark of an upload', () => {
  it.each([
    ['a line', 'Say hello', `Say hello\n\n${LINE}`],
    ['several lines', 'Say hello\n\nto everyone\n', `Say hello\n\nto everyone\n\n${LINE}`],
    ['trailers of its own', 'Fix\n\nSigned-off-by: A', `Fix\n\nSigned-off-by: A\n\n${LINE}`],
    ['nothing', undefined, LINE],
  ])('is the last line after %s', (_what, message, expected) => {
    expect(withMark(message, mark)).toBe(expected)
    expect(readMark(sent(expected))).toEqual(mark)
  })

  it.each([
    ['long', 'x'.repeat(1000)],
    ['long and beyond ASCII', '🚢é'.repeat(300)],
    ['nothing but line breaks', 'a\n'.repeat(500)],
  ])(
    'is whole after a message that is %s, and both together are no longer than Cloudflare allows',
    (_what, message) => {
      const marked = withMark(message, mark)
      const bytes = Buffer.byteLength(sent(marked))
      expect(bytes).toBeLessThanOrEqual(384)
      expect(bytes).toBeGreaterThan(384 - 5)
      expect(readMark(sent(marked))).toEqual(mark)
      expect(message.startsWith(marked.split('\n\nSlipway-Upload')[0] ?? '-')).toBe(true)
    },
  )

  it.each([
    ['none', 'Say hello'],
    ['one that is not in the last line', `${LINE}\nSay hello`],
    ['one that does not begin its line', `Say ${LINE}`],
    ['one that is cut', LINE.slice(0, -1)],
    ['no message', undefined],
  ])('is not read from %s', (_what, message) => {
    expect(readMark(message)).toBeUndefined()
  })

  it('is that of this upload only with the same run and the same digest', () => {
    expect(isSameMark({ ...mark }, mark)).toBe(true)
    expect(isSameMark({ ...mark, runId: 1 }, mark)).toBe(false)
    expect(isSameMark({ ...mark, digest: 'f'.repeat(32) }, mark)).toBe(false)
    expect(isSameMark(undefined, mark)).toBe(false)
  })

  it('of a message that holds a foreign one is its own', () => {
    const foreign = `Say hello\n\nSlipway-Upload: 1-${'f'.repeat(32)}`
    expect(readMark(withMark(foreign, mark))).toEqual(mark)
  })
})
