/** The options of each preset: a JSON Schema that checks.schema.json repeats, with every default in it. */
import type { Json, PresetName } from '../check.ts'

/** JSON Schema (draft 2020-12) of one preset's options; an object without unknown keys. */
export type OptionsSchema = Readonly<Record<string, Json>>

export const SECURITY_RULES = ['hsts', 'csp', 'nosniff', 'referrer-policy', 'frame'] as const

/** Refusals of a missing token: Django 403, Laravel 419, Rails 422, others 400. */
const REFUSED = [400, 403, 419, 422]

export const presetOptions: Readonly<Record<PresetName, OptionsSchema>> = {
  'security-headers': options({
    'hsts-max-age': {
      description:
        'Least max-age of Strict-Transport-Security. The default is the six months of the MDN HTTP Observatory.',
      ...duration(),
      default: '182.5d',
    },
    'hsts-subdomains': { description: 'Whether includeSubDomains is wanted.', type: 'boolean', default: false },
    'csp-allow': {
      description: 'What Content-Security-Policy may hold for scripts although it is unsafe.',
      type: 'array',
      uniqueItems: true,
      items: { enum: ['unsafe-inline', 'unsafe-eval'] },
      default: [],
    },
    except: {
      description: 'Rules that are not judged.',
      type: 'array',
      uniqueItems: true,
      items: { enum: SECURITY_RULES },
      default: [],
    },
  }),
  'cors-strict': options({
    origin: {
      description: 'A foreign origin that must not be allowed.',
      ...origin(),
      default: 'https://foreign-origin.example',
    },
    'allowed-origin': { description: 'An origin that must be allowed, preflight included.', ...origin() },
    'allow-wildcard': {
      description: 'Whether Access-Control-Allow-Origin: * without credentials is right, as for a public API.',
      type: 'boolean',
      default: true,
    },
  }),
  'no-debug': options({ path: unknownPath() }),
  'json-error': options({
    path: unknownPath(),
    status: { description: 'Status of the error, or several.', ...statuses(), default: [404] },
    fields: {
      description: 'JSONPaths that must each find a value other than null in the error, as $.error.code.',
      type: 'array',
      uniqueItems: true,
      items: jsonPath(),
      default: [],
    },
  }),
  'rate-limit-headers': options({
    style: {
      description:
        'structured: RateLimit and RateLimit-Policy. plain: RateLimit-Limit, -Remaining and -Reset. x: X-RateLimit-Limit, -Remaining and -Reset.',
      enum: ['any', 'structured', 'plain', 'x'],
      default: 'any',
    },
  }),
  'https-redirect': options({
    'http-port': { description: 'Where plain http is served, for an https URL.', ...port(), default: 80 },
    'https-port': { description: 'Where an http URL must be sent to.', ...port(), default: 443 },
  }),
  csrf: options({
    path: { description: 'Where the form is posted to; left out, the URL of the check.', type: 'string', minLength: 1 },
    form: {
      description: 'Fields that are posted; the token must not be among them.',
      type: 'object',
      additionalProperties: { type: 'string' },
      default: {},
    },
    'token-cookie': {
      description: 'Cookie of the token, which must be Secure and SameSite; null where there is none.',
      type: ['string', 'null'],
      minLength: 1,
      default: 'csrftoken',
    },
    'session-cookie': {
      description: 'Cookie of the session, which must be Secure, HttpOnly and SameSite where it is set.',
      type: ['string', 'null'],
      minLength: 1,
      default: 'sessionid',
    },
    status: { description: 'Status of the refusal, or several.', ...statuses(), default: REFUSED },
  }),
  pagination: options({
    style: {
      description: 'How the next page is asked for.',
      enum: ['offset', 'page', 'cursor', 'link'],
      default: 'offset',
    },
    items: {
      description: 'JSONPath of the list; left out, the whole answer or its member items, data or results.',
      ...jsonPath(),
    },
    limit: { description: 'Items per page that are asked for.', type: 'integer', minimum: 1, default: 1 },
    'limit-parameter': { description: 'Query parameter of the limit.', ...parameter(), default: 'limit' },
    parameter: {
      description: 'Query parameter of the offset, page or cursor; left out, offset, page or cursor.',
      ...parameter(),
    },
    'first-page': { description: 'Number of the first page, for style page.', type: 'integer', minimum: 0, default: 1 },
    next: {
      description:
        'JSONPath of the next cursor, or of the URL of the next page; style link without it reads the header Link.',
      ...jsonPath(),
    },
  }),
  'not-public': options({
    paths: {
      description: 'Paths that must not be public; without paths and graphql it is the URL of the check.',
      type: 'array',
      uniqueItems: true,
      items: { type: 'string', minLength: 1 },
      default: [],
    },
    graphql: {
      description: 'Path of a GraphQL endpoint that must not answer an introspection query.',
      type: 'string',
      minLength: 1,
    },
    status: { description: 'Status of the refusal, or several.', ...statuses(), default: [401, 403, 404] },
  }),
  etag: options({ weak: { description: 'Whether a weak validator (W/) will do.', type: 'boolean', default: true } }),
  'error-rate': options(
    {
      max: {
        description: 'Share of the samples that may fail, as 5%.',
        type: 'string',
        pattern: '^(100|\\d{1,2}(\\.\\d+)?)%$',
      },
      samples: { description: 'How many requests are made.', type: 'integer', minimum: 1, maximum: 1000 },
    },
    ['max', 'samples'],
  ),
}

function options(properties: Readonly<Record<string, OptionsSchema>>, required: readonly string[] = []): OptionsSchema {
  const needed = required.length === 0 ? {} : { required }
  return { type: 'object', additionalProperties: false, ...needed, properties }
}

function duration(): OptionsSchema {
  return { type: 'string', pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d)$' }
}

function origin(): OptionsSchema {
  return { type: 'string', pattern: '^https?://[^/?#\\s]+$' }
}

function jsonPath(): OptionsSchema {
  return { type: 'string', pattern: '^\\$' }
}

function parameter(): OptionsSchema {
  return { type: 'string', minLength: 1 }
}

function port(): OptionsSchema {
  return { type: 'integer', minimum: 1, maximum: 65535 }
}

function statuses(): OptionsSchema {
  const status = { type: 'integer', minimum: 100, maximum: 599 }
  return { oneOf: [status, { type: 'array', minItems: 1, uniqueItems: true, items: status }] }
}

function unknownPath(): OptionsSchema {
  return {
    description: 'A path that does not exist, relative to the URL of the check.',
    type: 'string',
    minLength: 1,
    default: './slipway-smoke-check-no-such-page',
  }
}
