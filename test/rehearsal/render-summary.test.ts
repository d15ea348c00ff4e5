import { expect, test } from 'vitest'
import { renderSummary } from '../../rehearsal/render/summary.ts'

test('a table of facts becomes aligned lines, with what its cells say', () => {
  const markdown = `### Cloudflare Pages: my\\_site is live

|  |  |
| --- | --- |
| **URL** | [http://127.0.0.1:42081](http://127.0.0.1:42081/) |
| **Environment** | [production](https://github.example/deployments) |
| **Branch** | \`main\` |
| **Commit message** | <code>a &lt;b&gt; \\| c&#58;&#47;&#47; \\\\ \\*\\*d\\*\\*</code> |
| **Proven** | the stage succeeded<br>it is canonical<br>served byte for byte |
| **Took** | 3.1 s |

Below it.
`
  expect(renderSummary(markdown).split('\n')).toEqual([
    '### Cloudflare Pages: my_site is live',
    '',
    'URL             http://127.0.0.1:42081',
    'Environment     production (https://github.example/deployments)',
    'Branch          main',
    'Commit message  a <b> | c:// \\ **d**',
    'Proven          the stage succeeded',
    '                it is canonical',
    '                served byte for byte',
    'Took            3.1 s',
    '',
    'Below it.',
  ])
})

test('a table with a header keeps it', () => {
  expect(renderSummary('| Check | Result |\n|:-|-:|\n| one | ok |\n| twelve | failed |')).toBe(
    'Check   Result\none     ok\ntwelve  failed',
  )
})

test('other Markdown stays as it is, code blocks above all', () => {
  const markdown =
    'Some **bold** text with a | in it.\n\n```\n| a | b |\n|---|---|\n# not\\_a heading\n```\n| no table |'
  expect(renderSummary(markdown)).toBe(markdown)
})
