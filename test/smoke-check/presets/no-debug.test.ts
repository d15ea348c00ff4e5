import type { RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { always, runPreset, told, urlOf } from './setup.ts'

const HTML = { 'content-type': 'text/html' }

/** A healthy page whose unknown paths answer as given. */
function unknown(body: string, headers: Readonly<Record<string, string>> = HTML): RequestListener {
  return (request, response) => {
    const known = urlOf(request).pathname === '/app/'
    response.writeHead(known ? 200 : 404, known ? HTML : headers)
    response.end(known ? '<h1>Hello</h1>' : body)
  }
}

describe('on an unknown path', () => {
  it.each<readonly [what: string, body: string]>([
    [
      "Django's debug page",
      '<p>You’re seeing this error because you have <code>DEBUG = True</code> in your Django settings file.',
    ],
    [
      "Django's debug page",
      '<p>\n Using the URLconf defined in <code>shop.urls</code>, Django tried these URL patterns',
    ],
    ["Werkzeug's debugger", '<title>NameError: name &#39;x&#39; is not defined // Werkzeug Debugger</title>'],
    ["Rails' debug page", '<title>Action Controller: Exception caught</title>'],
    ["Laravel's or Whoops' debug page", '<title>Whoops! There was an error.</title>'],
    [
      "Laravel's or Whoops' debug page",
      '{"message": "", "exception": "Symfony\\\\Component\\\\NotFoundHttpException", "file": "/var/www/vendor/x/Router.php", "line": 43}',
    ],
    ["Symfony's debug page", '<div class="exception-summary "><h1>No route found</h1>'],
    [
      "a page of Next.js' development server",
      '<script id="__NEXT_DATA__">{"page":"/404","buildId":"development"}</script>',
    ],
    ["a page of Vite's development server", '<script type="module" src="/@vite/client"></script>'],
    ["ASP.NET's error page with details", "<h1>Server Error in '/' Application.<hr></h1>"],
    ['a PHP error', '<br />\n<b>Fatal error</b>:  Uncaught Error: no in <b>/var/www/index.php</b> on line <b>3</b>'],
    ['a PHP error', 'Stack trace:\n#0 /var/www/index.php(3): f()'],
    ['a Python traceback', 'Traceback (most recent call last):\n  File "/app/main.py", line 1'],
    [
      'a stack trace of Node.js',
      '<pre>Error: no<br> &nbsp; &nbsp;at Layer.handle [as handle_request] (/app/node_modules/express/lib/router/layer.js:95:5)</pre>',
    ],
    ['a stack trace of Node.js', '{"stack":"Error: no\\n    at file:///app/server.mjs:3:9\\n"}'],
    ['a stack trace of Node.js', 'TypeError: x\n    at async C:\\app\\index.js:10:20'],
    [
      'a stack trace of Java or Kotlin',
      '{"trace":"java.lang.NullPointerException\\n\\tat com.example.shop.ItemController.list(ItemController.java:42)\\n"}',
    ],
    ['a stack trace of .NET', '   at Shop.Items.List(String id) in C:\\src\\Items.cs:line 12'],
    ['a Ruby backtrace', "app/controllers/items_controller.rb:12:in `index'"],
    ['a Go panic', 'panic: no\n\ngoroutine 1 [running]:\nmain.main()'],
  ])('%s is found: %s', async (what, body) => {
    const findings = await runPreset('no-debug', {}, unknown(body), { path: '/app/' })
    expect(findings).toHaveLength(1)
    expect(findings[0]?.assertion).toBe('no-debug: unknown path')
    expect(findings[0]?.message).toMatch(
      /^The answer to http:\/\/127\.0\.0\.1(:\d+)?\/app\/slipway-smoke-check-no-such-page \(404\) has /,
    )
    expect(findings[0]?.message).toContain(what)
    expect(findings[0]?.hint).not.toBe('')
  })

  it.each([
    ['a plain page', '<title>Not found</title>'],
    ['a sentence about time', 'The office opens at 9:30:15 and closes at (17:00).'],
    ['an address', 'Write to us at https://example.com:8443/help'],
    ['an error with its name alone', '{"error":{"code":"not_found","message":"TypeError at checkout"}}'],
    ['words that frameworks use', 'Django, Rails and Whoops: how to debug, by DEBUG'],
    ['the name of a Java file', 'We meet at the cafe (Main.java) today'],
  ])('%s is no debug page', async (_name, body) => {
    expect(await runPreset('no-debug', {}, unknown(body), { path: '/app/' })).toEqual([])
  })

  it('a header of the debug mode is found', async () => {
    const headers = { ...HTML, 'x-debug-token-link': 'https://shop.example/_profiler/a1b2c3' }
    expect(told(await runPreset('no-debug', {}, unknown('no', headers), { path: '/app/' }))[0]).toContain(
      "the header x-debug-token-link of Symfony's debug mode",
    )
  })

  it('given by the check is the one that is asked for', async () => {
    const asked: string[] = []
    const listener: RequestListener = (request, response) => {
      asked.push(urlOf(request).pathname)
      response.end()
    }
    await runPreset('no-debug', { path: '/api/none' }, listener, { path: '/app/' })
    expect(asked).toEqual(['/app/', '/api/none'])
  })
})

it('the page itself is searched first, and what is shown of it is short and redacted', async () => {
  const page = always(500, HTML, `Traceback (most recent call last): secret-token ${'x'.repeat(300)}`)
  const redact = (text: string) => text.replaceAll('secret-token', '***')
  const [finding] = await runPreset('no-debug', {}, page, { redact })
  expect(finding?.assertion).toBe('no-debug: page')
  expect(finding?.message).toMatch(
    /^The answer \(500\) has a Python traceback: "Traceback \(most recent call last\): \*\*\* x+…"\.$/,
  )
})

it('a large page without one is searched in time', async () => {
  const started = performance.now()
  const page = always(200, HTML, 'at at (at /'.repeat(40_000) + '[as '.repeat(20_000))
  expect(await runPreset('no-debug', {}, page)).toEqual([])
  expect(performance.now() - started).toBeLessThan(3000)
})
