import { describe, expect, it } from 'vitest'
import { chooseUrl, requireHttpUrl } from '../../actions/create-deployment/urls.ts'

describe('an address', () => {
  it.each(['https://example.com', 'HTTP://example.com:8080/a?b#c', 'http://127.0.0.1:1/'])('may be %s', (url) => {
    expect(requireHttpUrl('Input log-url', url)).toBe(url)
  })

  it.each(['example.com', '//example.com', 'ftp://example.com', 'https://', 'https:example.com', 'data:,x'])(
    'may not be %s',
    (url) => {
      expect(() => requireHttpUrl('Input log-url', url)).toThrow(`Input log-url is not an HTTP address: "${url}".`)
    },
  )
})

describe('the address of the deployment', () => {
  const choose = (...urls: readonly (string | undefined)[]) => {
    const problems: string[] = []
    const sources = urls.map((url, index) => ({ name: `Source ${index}`, url }))
    return [chooseUrl(sources, (problem) => problems.push(problem)), problems.length]
  }

  it.each([
    [[], undefined, 0],
    [[undefined, ''], undefined, 0],
    [[undefined, '', 'https://c.example', 'https://d.example'], 'https://c.example', 0],
    [['a', 'https://b.example', 'c'], 'https://b.example', 1],
    [['a', 'b'], undefined, 2],
  ])('of the sources %j is %j', (urls, expected, problems) => {
    expect(choose(...urls)).toEqual([expected, problems])
  })
})
