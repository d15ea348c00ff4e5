import { describe, expect, it } from 'vitest'
import { env, oneCheck, read, refusal } from './setup.ts'

/** The message without the place and key in front of it. */
async function mistake(...lines: readonly string[]): Promise<string> {
  return (await refusal(oneCheck(...lines))).replace(/^smoke-checks\.yml:\d+:\d+, .*?: /, '')
}

it('one mistake is told with file, line, column, key, what was expected and what to write', async () => {
  expect(await refusal(oneCheck('latency: { max: 800ms, p95: 400ms, samples: 5 }'))).toBe(
    'smoke-checks.yml:5:33, latency.p95 of check "api": A 95th percentile needs at least 20 samples, not 5.\n' +
      'Set samples: 20, or use max.',
  )
})

it('all mistakes of all checks are told at once, in their order', async () => {
  const text = `version: 1
default: {}
checks:
  - name: a
    url: https://x.example
    lateny: { p95: 4 }
    json: { $.a: { matchs: x } }
  - name: b
    url: /relative
    timeout: 10
  - name: c
    url: https://x.example/\${MISSING}
    method: GET
    request-body: { text: \${ALSO_MISSING} }
`.replace(/text: .*A.*G}/, `text: "\${ALSO_MISSING}"`)
  expect(await refusal(text.replace('default: {}', 'defaults: {}'))).toBe(
    [
      'smoke-checks.yml has 5 mistakes.',
      'smoke-checks.yml:6:5, lateny of check "a": The key "lateny" is not known here. Did you mean "latency"?',
      'smoke-checks.yml:7:20, json["$.a"].matchs of check "a": The key "matchs" is not known here. Did you mean "matches"?',
      'smoke-checks.yml:10:14, timeout of check "b": Expected a number and its unit, as 800ms, 10s, 5m, 12h or 30d, not a number.',
      'smoke-checks.yml:12:10: 2 variables have no value: MISSING at smoke-checks.yml:12:10, ALSO_MISSING at smoke-checks.yml:14:27. Set it under "env:" of the step; if its value is a secret, check that it exists for this environment and event.',
      'smoke-checks.yml:14:5, request-body of check "c": A GET request has no body. Leave method out, or give one such as POST.',
    ].join('\n'),
  )
  expect(await refusal(text)).toContain(
    'smoke-checks.yml:2:1, default: The key "default" is not known here. Did you mean "defaults"?',
  )
})

it('of many mistakes the first ten are told, and how many more there are', async () => {
  const lines = Array.from({ length: 12 }, (_, index) => `nonsense-${index}: 1`)
  const told = (await refusal(oneCheck(...lines))).split('\n')
  expect(told).toHaveLength(12)
  expect(told[0]).toBe('smoke-checks.yml has 12 mistakes.')
  expect(told[10]).toMatch(/^smoke-checks\.yml:14:5, nonsense-9/)
  expect(told[11]).toBe('… and 2 more.')
})

describe('a mistake of the wrong kind of value', () => {
  it.each([
    ['status: 20', 'Expected a status as 200 or a class as 2xx, or a list of such, not 20.'],
    ['status: 9xx', 'Expected a status as 200 or a class as 2xx, or a list of such, not "9xx".'],
    ['status: 101', 'Expected a status as 200 or a class as 2xx, or a list of such, not 101.'],
    ['status: []', 'It is empty. Expected a list of such.'],
    ['method: get', 'Expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, not "get".\nDid you mean "GET"?'],
    ['timeout: 10', 'Expected a number and its unit, as 800ms, 10s, 5m, 12h or 30d, not a number.'],
    ['timeout: 10 seconds', 'Expected a number and its unit, as 800ms, 10s, 5m, 12h or 30d, not "10 seconds".'],
    ['timeout: 0s', 'It is 0, and nothing takes no time.\nWrite how long it may take.'],
    ['body: { max-size: 100 }', 'Expected a number and its unit, as 500KB, 1MB or 2MiB, not a number.'],
    ['body: { max-size: 1mb }', 'Expected a number and its unit, as 500KB, 1MB or 2MiB, not "1mb".'],
    [
      'headers: { X-A: 5 }',
      "Expected text for a request header, or null for no such request header, or a mapping with conditions for the answer's header, not 5.",
    ],
    ['json: { $.a: ok }', 'Expected a mapping with conditions, not text.\nWrite { equals: … }.'],
    ['json: { $.a: {} }', 'It is empty. Expected a mapping with conditions.'],
    [
      'json: { $.a: { type: text } }',
      'Expected one of string, number, integer, boolean, array, object, null, not "text".',
    ],
    ['json: { $.a: { length: -1 } }', 'Expected a whole number, or a mapping with conditions, not -1.'],
    ['json: { $.a: { not: { matchs: x } } }', 'The key "matchs" is not known here.\nDid you mean "matches"?'],
    ['auth: { username: a }', `The key "password" is missing.\npassword: usually \${NAME}; never shown.`],
    ['auth: { username: a, password: 5 }', 'Expected text, not a number.\nPut it in quotes.'],
    ['version: {}', 'It is empty. Expected a mapping with one of json, header, cookie and body-matches.'],
    [
      'capture: { a: { json: $.a, header: b } }',
      'Expected a mapping with one of json, header, cookie and body-matches, not several.',
    ],
    [
      'redirects: same_host',
      'Expected none or same-host, or a number from 1 to 20, not "same_host".\nDid you mean "same-host"?',
    ],
    ['redirects: 0', 'Expected none or same-host, or a number from 1 to 20, not 0.'],
    ['ip: 5', 'Expected auto or both, or 4 or 6, not 5.'],
    ['severity: error', 'Expected fail or warn, not "error".'],
    [
      'cors: { origin: https://x.example }',
      'The key "allowed" is missing.\nallowed: whether that page may read the answer.',
    ],
    [
      'presets: [no-debgu]',
      'Expected the name of a preset, or a name with options, not "no-debgu".\nDid you mean "no-debug"?',
    ],
    [
      'presets: [error-rate]',
      'Expected the name of a preset, or a name with options, not "error-rate".\nIt needs options: error-rate: { max: …, samples: … }.',
    ],
    ['presets: [{ csrf: { pth: /x } }]', 'The key "pth" is not known here.\nDid you mean "path"?'],
    ['latency: { samples: 5000 }', 'Expected a whole number of at most 1000, not 5000.'],
    [
      'body: # nothing',
      'Expected a mapping with conditions, not nothing.\nA value that begins with # is a comment; put it in quotes.',
    ],
    ['status-code: 200', 'The key "status-code" is not known here.\nDid you mean "status"?'],
    [
      'base-url: https://x.example',
      'The key "base-url" is not known here.\nThe key "base-url" belongs under defaults.',
    ],
    ['p95: 200ms', 'The key "p95" is not known here.\nThe key "p95" belongs under latency.'],
  ])('%s', async (line, message) => {
    expect(await mistake(line)).toBe(message)
  })
})

describe('a mistake within a value', () => {
  it.each([
    ['body: { matches: "a(b" }', 'This is not a regular expression: unterminated group.'],
    ['body: { matches: "[" }', 'This is not a regular expression: '],
    ['body: { matches: "\\\\-" }', 'This is not a regular expression: invalid escape.'],
    [
      'json: { data.id: { exists: true } }',
      "This is not a JSONPath: expected '$', found 'd'.\nWrite it as RFC 9535 has it",
    ],
    ['version: { json: "$.a[" }', 'This is not a JSONPath: '],
    ['headers: { "X A": b }', 'This is not the name of a header.'],
    ['headers: { Content-Length: "5" }', 'This header is set by the action itself.'],
    ['headers: { X-A: "a\\nb" }', 'It holds a line break or a character that no header can.'],
    ['headers: { X-A: a, x-a: b }', 'This header is there twice.'],
    ['auth: { username: "a:b", password: c }', 'A user name of basic authentication holds no colon.'],
    ['cors: { origin: https://x.example/path, allowed: true }', 'It is not an origin.'],
    ['cors: { origin: "*", allowed: true }', 'It is not an origin.'],
    ['resolve: { api.example.com: localhost }', 'It is not an IP address.'],
    ['resolve: { "https://api.example.com": 127.0.0.1 }', 'This is not the name of a host.'],
    ['capture: { csrf-token: { cookie: csrftoken } }', 'This is not a name for a capture.'],
    [`session: "\${USER}"`, 'No variable is filled in here.'],
    [
      `body: { contains: "\${{ secrets.X }}" }`,
      `\${{ … }} is the syntax of workflows, which stays as it is in a checks file.`,
    ],
    [`body: { contains: "\${not a name}" }`, `"\${not a name" opens a variable, but no name of one and no } follow.`],
    [`body: { contains: "\${" }`, `"\${" opens a variable, but no name of one and no } follow.`],
    [
      `presets: [{ cors-strict: { allowed-origin: "\${API_TOKEN}" } }]`,
      'With its variables filled in it is not what this option takes.',
    ],
  ])('%s', async (line, message) => {
    expect(await mistake(line)).toContain(message)
  })
})

describe('a combination that cannot be', () => {
  it.each([
    [['method: HEAD', 'json: { $.a: { exists: true } }'], 'An answer to HEAD has no body.'],
    [['method: HEAD', 'version: { json: $.a }'], 'An answer to HEAD has no body.'],
    [['method: HEAD', 'presets: [no-debug]'], 'An answer to HEAD has no body.'],
    [['status: 204', 'body: { contains: a }'], 'An answer with status 204 has no body.'],
    [['method: GET', 'request-body: { text: a }'], 'A GET request has no body.'],
    [['method: HEAD', 'request-body: { text: a }'], 'A HEAD request has no body.'],
    [['latency: { p95: 1s }'], 'A 95th percentile needs at least 20 samples, and only one is taken.'],
    [['latency: { p95: 1s, max: 500ms, samples: 20 }'], 'It is less than p95, which can then never matter.'],
    [
      ['auth: { username: a, password: b }', 'headers: { Authorization: c }'],
      'The check has a header Authorization too.',
    ],
    [['status: 301', 'redirects: 5'], 'Redirects are followed, so that the status of one is never the answer.'],
    [['timeout: 1s', 'connect-timeout: 2s'], 'It is longer than timeout, which ends the request before.'],
    [['tls: { severity: warn }'], 'The key "expires-in" is missing.'],
    [['resolve: { other.example.com: 127.0.0.1 }'], 'The check never asks this host.'],
    [['resolve: { api.example.com: "::1" }', 'ip: 4'], 'The address is of IPv6, and ip is 4.'],
    [['presets: [etag, etag]'], 'This preset is there twice.'],
    [['json: { $.a: { exists: false, equals: 1 } }'], 'What does not exist meets no other condition.'],
    [['json: { $.a: { type: number, matches: x } }'], 'A value of type number never meets it.'],
    [['json: { $.a: { gt: 5, lt: 5 } }'], 'No number is above 5 and below 5.'],
  ])('%s', async (lines, message) => {
    expect(await mistake(...lines)).toContain(message)
  })

  it('a certificate of a URL without TLS', async () => {
    const text = oneCheck('redirects: none', 'tls: { expires-in: 1d }').replace('https:', 'http:')
    expect(await refusal(text)).toContain('A URL with http:// has no certificate.')
  })

  it('an address literal and another family', async () => {
    const text = oneCheck('ip: 6').replace('api.example.com', '127.0.0.1')
    expect(await refusal(text)).toContain('The address is of IPv4, and ip is 6.')
  })

  it('two kinds of credentials for all checks', async () => {
    const text = `${oneCheck()}\ndefaults: { auth: { username: a, password: b }, headers: { authorization: c } }`
    expect(await refusal(text)).toContain('There is a header Authorization too.')
  })
})

describe('an address that cannot be asked', () => {
  it.each([
    ['/healthz', 'It is a path, and there is no base-url that it belongs to.'],
    ['api.example.com/healthz', 'Write https:// before it.'],
    ['//api.example.com/', 'A URL that begins with // leaves open how it is asked for.'],
    ['ftp://x.example', 'It begins with ftp:.'],
    ['https://', 'It is not a URL.'],
    ['https://x.example:99999', 'It is not a URL.'],
    ['https://user:pass@x.example', 'It holds a user name or a password.'],
    ['https://x.example/#top', 'It holds a fragment, which is never sent to a server.'],
    ['https://x.example/a b', 'It holds a space or a line break.'],
  ])('%s', async (url, message) => {
    const told = await refusal(oneCheck().replace('https://api.example.com/', url))
    expect(told).toContain(message)
    expect(told).toMatch(/^smoke-checks\.yml:4:10, url of check "api": /)
  })

  it('values of variables are not told', async () => {
    const text = oneCheck(`headers: { X-A: "\${B}" }`).replace('https://api.example.com/', `\${A}`)
    const told = await refusal(text, { env: { A: 'https://user:hunter2@x.example', B: 'hunter3\n' } })
    expect(told).toContain('With its variables filled in, it holds a user name or a password.')
    expect(told).toContain('With its variables filled in, it holds a line break')
    expect(told).not.toContain('hunter')
  })

  it.each([
    ['https://x.example?a=b', 'It holds a query or a fragment.'],
    ['x.example', 'It is no beginning of a URL.'],
  ])('base-url %s', async (base, message) => {
    const text = `version: 1\ndefaults: { base-url: "${base}" }\nchecks: [{ name: a, url: /b }]`
    expect(await refusal(text)).toContain(`smoke-checks.yml:2:23, defaults.base-url: ${message}`)
  })
})

describe('variables', () => {
  it('all that are missing are told as one mistake, an empty one as such', async () => {
    const text = oneCheck(`headers: { A: "\${ONE}", B: "\${TWO}", C: "\${ONE}" }`)
    expect(await refusal(text, { env: { TWO: '' } })).toBe(
      'smoke-checks.yml:5:19: 2 variables have no value: ONE at smoke-checks.yml:5:19, TWO (set, but empty) at smoke-checks.yml:5:32.\n' +
        'Set it under "env:" of the step; if its value is a secret, check that it exists for this environment and event.',
    )
  })
})

describe('needs and captures', () => {
  const checks = (...lines: readonly string[]) =>
    `version: 1\ndefaults: { base-url: https://x.example }\nchecks:\n${lines.map((line) => `  - ${line}`).join('\n')}`

  it.each([
    ['itself', ['{ name: a, url: /, needs: [a] }'], 'The check needs itself.'],
    [
      'an unknown check',
      ['{ name: login, url: / }', '{ name: b, url: /, needs: [logn] }'],
      'There is no check of this name.\nDid you mean "login"?',
    ],
    [
      'a cycle',
      ['{ name: a, url: /, needs: [c] }', '{ name: b, url: /, needs: [a] }', '{ name: c, url: /, needs: [b] }'],
      'The checks need each other: "a" needs "c" needs "b" needs "a".',
    ],
    [
      'two checks of one name',
      ['{ name: a, url: / }', '{ name: a, url: /b }'],
      'The name is taken: "a" at smoke-checks.yml:4:13.',
    ],
    [
      'two captures of one name',
      ['{ name: a, url: /, capture: { id: { json: $ } } }', '{ name: b, url: /, capture: { id: { json: $ } } }'],
      'The name is taken: "id" at smoke-checks.yml:4:35.',
    ],
    [
      'a capture that need not be there',
      ['{ name: a, url: /, capture: { id: { json: $ } } }', `{ name: b, url: "/\${id}" }`],
      `The capture \${id} comes from check "a", which need not have run before.\nAdd needs: ["a"].`,
    ],
    [
      'a capture of its own answer',
      [`{ name: a, url: "/\${id}", capture: { id: { json: $ } } }`],
      `The capture \${id} is taken from the answer of this very check.`,
    ],
    [
      'a capture that is misspelt',
      ['{ name: a, url: /, capture: { item_id: { json: $ } } }', `{ name: b, url: "/\${itemid}", needs: [a] }`],
      `A variable has no value: itemid (did you mean the capture \${item_id}?)`,
    ],
    [
      'a capture in a regular expression',
      [
        '{ name: a, url: /, capture: { id: { json: $ } } }',
        `{ name: b, url: /, needs: [a], body: { matches: "\${id}" } }`,
      ],
      `The capture \${id} cannot stand here.`,
    ],
  ])('%s', async (_, lines, message) => {
    expect(await refusal(checks(...lines))).toContain(message)
  })

  it('a capture may come from a check that is needed through another', async () => {
    const text = checks(
      '{ name: a, url: /, capture: { id: { json: $ } } }',
      '{ name: b, url: /, needs: [a] }',
      `{ name: c, url: "/\${id}", needs: [b] }`,
    )
    await expect(refusal(text)).rejects.toThrow('It was not refused.')
  })

  it('a name of the quick form is taken, too', async () => {
    expect(await refusal(oneCheck(), { urls: ['api=https://x.example'] })).toContain(
      'The name is taken: "api" at Input urls, line 1.',
    )
  })
})

describe('the quick form', () => {
  it.each([
    [
      'api.example.com/healthz 200',
      'Input urls, line 1: There is no URL.\nWrite [name=]URL [status], as api=https://api.example.com/healthz 200.',
    ],
    ['200', 'There is no URL.\nWrite [name=]URL [status], as api=https://api.example.com/healthz 200.'],
    ['api=localhost:3000/', 'There is no URL.\nWrite [name=]URL [status], as api=https://localhost:3000/ 200.'],
    ['api: https://x.example', 'A colon stands before the URL.\nWrite = instead, as api=https://api.example.com.'],
    [
      'api=$API_URL/healthz 200',
      `Input urls, line 1, url of check "api": $API_URL is the syntax of shells, which is not filled in here.\nWrite \${API_URL}.`,
    ],
    ...[
      'https://x.example/,https://y.example',
      'https://x.example/;https://y.example',
      'https://x.example/, https://y.example',
      'https://x.example/ https://y.example',
      'a=https://x.example/ 200, b=https://y.example 200',
      'https://x.example/,',
      `https://x.example/,\${BACKEND_URL}`,
    ].map((line) => [
      line,
      'Input urls, line 1: More than one URL stands in the line, or a comma behind it.\nWrite one check a line. In a URL a comma is %2C, and a semicolon %3B.',
    ]),
    ['api https://x.example', 'Input urls, line 1: Text stands before the URL.'],
    ['=https://x.example', 'Input urls, line 1: The name before = is empty.'],
    ['https://x.example 200 201', 'Input urls, line 1: More than a status stands behind the URL.'],
    [
      'api=https://x.example OK',
      'Input urls, line 1, status of check "api": Expected a status as 200 or a class as 2xx, or a list of such, not "OK".',
    ],
    ['api=https://x:y@x.example', 'Input urls, line 1, url of check "api": It holds a user name or a password.'],
  ])('%s', async (line, message) => {
    expect(await refusal(undefined, { urls: [line] })).toContain(message)
  })

  it('of a URL without the value of its variable, only that is told', async () => {
    const told = await refusal(undefined, { urls: [`api=\${API_URL}/healthz 200`], env: {} })
    expect(told).toMatch(/^Input urls, line 1: A variable has no value: API_URL at Input urls, line 1\.\n/)
  })

  it('with nothing but comments there is nothing to check', async () => {
    expect(await refusal(undefined, { urls: ['# later'] })).toContain('There is nothing to check')
  })
})

describe('inputs that the checks do not go with', () => {
  it('no check says how the expected version is served', async () => {
    expect(await refusal(oneCheck(), { expectVersion: 'abc' })).toMatch(
      /^Input expect-version is given, but no check says how a version is served\.\nGive a check of the checks file version: /,
    )
  })

  it('neither urls nor checks nor the pair in the environment', async () => {
    expect(await refusal(undefined, { env: {} })).toMatch(
      /^There is nothing to check: neither urls nor checks is given\.\n/,
    )
  })

  const proxy = { HTTPS_PROXY: 'http://proxy.example.com:8080' }

  it.each([
    [
      'resolve',
      oneCheck('resolve: { api.example.com: 127.0.0.1 }'),
      {},
      'smoke-checks.yml:5:5, resolve of check "api"',
    ],
    ['ip', oneCheck('ip: 6'), {}, 'smoke-checks.yml:5:5, ip of check "api"'],
    ['ip of defaults', `${oneCheck()}\ndefaults: { ip: 6 }`, {}, 'smoke-checks.yml:5:13, defaults.ip'],
    ['the input ip', oneCheck(), { ip: 'both' as const }, 'Input ip'],
  ])('%s and a proxy that chooses addresses itself', async (name, text, options, where) => {
    const key = name.includes('ip') ? 'ip' : 'resolve'
    expect(await refusal(text, { ...options, env: proxy })).toBe(
      `${where}: ${key} cannot hold through a proxy, which chooses the address itself.\n` +
        'Leave it out, or put the host into NO_PROXY if the runner reaches it by itself.',
    )
  })

  it('all checks that a proxy takes the address from are told at once, and no others', async () => {
    const text = `version: 1
checks:
  - { name: a, url: https://a.example/, ip: 4 }
  - { name: b, url: https://b.example/, ip: 4 }
  - { name: c, url: http://c.example/, ip: 4 }
  - { name: d, url: https://d.example/, ip: 4 }`
    const told = await refusal(text, { env: { ...proxy, NO_PROXY: 'b.example' } })
    expect(told.split('\n').map((line) => line.slice(0, 47))).toEqual([
      'smoke-checks.yml has 2 mistakes.',
      'smoke-checks.yml:3:41, ip of check "a": ip cann',
      'smoke-checks.yml:6:41, ip of check "d": ip cann',
    ])
  })
})

describe('an indentation that slipped', () => {
  it('of what belongs to a key', async () => {
    const told = (await refusal(oneCheck('json:', '$.status: { equals: ok }', '$.n: { gt: 1 }', 'status: 200'))).split(
      '\n',
    )
    expect(told).toEqual([
      'smoke-checks.yml has 3 mistakes.',
      'smoke-checks.yml:5:10, json of check "api": Expected a mapping of JSONPaths to conditions, not nothing. Write it here, or indent the lines below that belong to it.',
      'smoke-checks.yml:6:5, ["$.status"] of check "api": The key "$.status" is not known here. Indent it, so that it belongs to "json".',
      'smoke-checks.yml:7:5, ["$.n"] of check "api": The key "$.n" is not known here. Indent it, so that it belongs to "json".',
    ])
  })

  it('of the options of a preset', async () => {
    const told = (await refusal(oneCheck('presets:', '  - json-error:', '    status: 404'))).split('\n')
    expect(told).toHaveLength(3)
    expect(told[1]).toContain('Write it here, or indent the lines below that belong to it.')
    expect(told[2]).toContain('The key "status" is not known here. Indent it, so that it belongs to "json-error".')
  })

  it('of defaults', async () => {
    const told = await refusal('version: 1\ndefaults:\nbase-url: https://x.example\nchecks: [{ name: a, url: / }]')
    expect(told).toContain('The key "base-url" is not known here. Indent it, so that it belongs to "defaults".')
  })

  it.each(['', '# nothing yet\n'])('is not what is wrong with the empty file %j', async (text) => {
    expect(await refusal(text)).toMatch(
      /not nothing\.\nBegin with version: 1 and checks: with a list of checks below it\.$/,
    )
  })
})

describe('the right word for one that is not known', () => {
  it.each([
    ['nmae: a', 'name'],
    ['ulr: /', 'url'],
    ['json: { $.a: { in: [a, b] } }', 'one-of'],
    ['json: { $.a: { min: 3 } }', 'gte'],
    ['json: { $.a: { max: 3 } }', 'lte'],
    ['json: { $.a: { eq: 3 } }', 'equals'],
    ["json: { $.a: { '==': 3 } }", 'equals'],
    ['json: { $.a: { regex: a } }', 'matches'],
    ['data: { a: b }', 'request-body'],
    ['depends_on: [a]', 'needs'],
  ])('%s', async (line, word) => {
    expect(await mistake(line)).toContain(`is not known here.\nDid you mean "${word}"?`)
  })

  it('of a body that was to be sent', async () => {
    expect(await mistake('method: POST', 'body: { json: { a: 1 } }')).toBe(
      'The key "json" is not known here.\nWhat is sent stands under request-body; body is what the answer must be.',
    )
  })
})

describe('what to write instead of', () => {
  it.each([
    ['presets: security-headers', 'Write presets: [security-headers].'],
    ['needs: "the login"', 'Write needs: ["the login"].'],
    ['presets: { etag: {} }', 'Begin each item with "- ".'],
    ['presets: [error-rate: { max: 5% }]', 'samples: how many requests are made.'],
    ['body: { matches: "\\d+" }', "Use single quotes, in which a backslash is just one, as in '\\d+'."],
    ['body: { matches: @foo }', 'Put a value that begins with a special character in quotes.'],
    [
      'body: { matches: /ok/ }',
      'A regular expression stands here without slashes around it.\nWrite ok, or \\/ for each slash',
    ],
    ['body: { matches: /ok/i }', 'Write (?i:ok), or \\/ for each slash'],
    ['body: { matches: (?i)ok }', 'Write flags as (?i:ok).'],
  ])('%s', async (line, hint) => {
    expect(await mistake(line)).toContain(hint)
  })

  it('checks as a mapping', async () => {
    expect(await refusal('version: 1\nchecks:\n  api: { url: https://x.example }')).toContain(
      'Begin each check with "- name: …", and indent its other keys as far as name.',
    )
  })
})

describe('text for a header of the answer would never be judged', () => {
  it.each([
    ['X-Frame-Options: DENY', 'X-Frame-Options: { equals: DENY }'],
    ['content-security-policy: "default-src \'self\'"', 'content-security-policy: { equals: "default-src \'self\'" }'],
    ['Strict-Transport-Security: max-age=1', 'Strict-Transport-Security: { equals: "max-age=1" }'],
    ['access-control-allow-origin: "*"', 'access-control-allow-origin: { equals: "*" }'],
    ['Set-Cookie: a=b', 'Set-Cookie: { equals: "a=b" }'],
    ['X-RateLimit-Limit: "5"', 'X-RateLimit-Limit: { equals: "5" }'],
    ['Content-Type: text/plain', 'Content-Type: { contains: text/plain }'],
    ['X-Powered-By: null', 'X-Powered-By: { exists: false }'],
  ])('%s', async (line, remedy) => {
    expect(await refusal(oneCheck('headers:', `  ${line}`))).toContain(
      `\nFor the answer write ${remedy} under headers of the check.`,
    )
  })

  it('in defaults neither', async () => {
    const told = await refusal(`${oneCheck()}\ndefaults: { headers: { X-Frame-Options: DENY } }`)
    expect(told).toContain('smoke-checks.yml:5:41, defaults.headers.X-Frame-Options: Text is sent with the request')
  })

  it.each([
    ['headers: { Content-Type: application/x-ndjson }', 'request-body: { text: a }'],
    ['headers: { X-Frame-Options: { equals: DENY }, Cache-Control: no-cache, Content-Type: null }'],
  ])('is not what %s asks for', async (...lines) => {
    await expect(read(oneCheck(...lines))).resolves.toBeDefined()
  })
})

describe("the shell's way to write a variable", () => {
  it.each([
    ['url: $BACKEND_URL', 'BACKEND_URL'],
    ['url: $UNSET_URL/healthz', 'UNSET_URL'],
    ['headers: { Authorization: Bearer $API_TOKEN }', 'API_TOKEN'],
    ['headers: { X-Key: $UNSET }', 'UNSET'],
    ['auth: { username: $USER_NAME, password: $API_TOKEN }', 'USER_NAME'],
    ['request-body: { json: { a: x $API_TOKEN } }', 'API_TOKEN'],
    ['json: { $.a: { equals: $API_TOKEN } }', 'API_TOKEN'],
  ])('%s', async (line, name) => {
    const text = oneCheck(line).replace(line.startsWith('url') ? '    url: https://api.example.com/\n' : 'none', '')
    expect(await refusal(text)).toContain(
      `$${name} is the syntax of shells, which is not filled in here.${line.includes(',') ? ' ' : '\n'}Write \${${name}}.`,
    )
  })

  it('of base-url', async () => {
    const told = await refusal('version: 1\ndefaults: { base-url: $BACKEND_URL }\nchecks: [{ name: a, url: / }]')
    expect(told).toBe(
      `smoke-checks.yml:2:23, defaults.base-url: $BACKEND_URL is the syntax of shells, which is not filled in here.\nWrite \${BACKEND_URL}.`,
    )
  })

  it.each([
    'body: { matches: "^a$API_TOKEN" }',
    'json: { $.price: { equals: $UNSET } }',
    'body: { contains: US$100 $$API_TOKEN a$API_TOKEN $API_TOKENS }',
  ])('is not what %s means', async (line) => {
    await expect(read(oneCheck(line))).resolves.toBeDefined()
  })
})

describe('variables of the runner', () => {
  it.each([
    'ACTIONS_RUNTIME_TOKEN',
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    'INPUT_CHECKS',
    'RUNNER_TEMP',
    'actions_runtime_token',
  ])('are not for a checks file: %s', async (name) => {
    const text = oneCheck(`headers: { X-A: "\${${name}}" }`)
    expect(await refusal(text, { env: { [name]: 'of the runner' } })).toBe(
      `smoke-checks.yml:5:21, headers.X-A of check "api": \${${name}} is a variable of the runner, which a checks file must not read.\n` +
        'Give the step an environment variable of another name with the value that is meant.',
    )
  })

  it('are refused in options of presets, too', async () => {
    const text = oneCheck(`presets: [{ csrf: { form: { a: "\${ACTIONS_RUNTIME_TOKEN}" } } }]`)
    expect(await refusal(text, { env: { ACTIONS_RUNTIME_TOKEN: 'x' } })).toMatch(/must not read\.\nGive/)
  })

  it('do not stand in the way of a capture of such a name', async () => {
    const text = `version: 1
checks:
  - { name: a, url: https://x.example, capture: { input_id: { json: $.id } } }
  - { name: b, url: "https://x.example/\${input_id}", needs: [a] }`
    expect((await read(text)).checks).toHaveLength(2)
  })
})

describe('in a terminal', () => {
  const inTerminal = true

  it('a missing variable is to be set before the command', async () => {
    const told = await refusal(oneCheck(`headers: { A: "\${ONE}" }`), { env: {}, inTerminal })
    expect(told).toMatch(/\nSet it before the command, as in ONE=… npm run smoke\.$/)
  })

  it('a missing file is looked for where the command is run', async () => {
    const told = await refusal(undefined, { checksPath: 'none.yml', inTerminal })
    expect(told).toMatch(/\nGive its path from the folder that the command is run in\.$/)
  })

  it.each([
    [{ BACKEND_URL: '127.77.0.1' }, 'BACKEND_URL'],
    [{ ...env, FRONTEND_URL: 'ftp://x.example' }, 'FRONTEND_URL'],
  ])('an address of the pair that is none is called by its name', async (given, name) => {
    expect(await refusal(undefined, { env: given, inTerminal })).toBe(
      `${name} is not an address that can be checked.\nWrite it with scheme and host, as https://example.com.`,
    )
  })
})

it('characters that nobody sees are told as escapes', async () => {
  expect(await refusal(oneCheck('"a\u202eb\u200b": 1'))).toContain(
    String.raw`The key "a\u202eb\u200b" is not known here.`,
  )
})
