/** What debug pages and stack traces look like, and what switches them off. */

export interface Trace {
  /** Completes "It is …" or "It holds …". */
  readonly what: string
  /** The part that shows it. */
  readonly excerpt: string
  readonly hint: string
}

interface Signature {
  readonly what: string
  readonly pattern: RegExp
  readonly hint: string
}

const CATCH = 'Answer errors with a page of your own in this environment, and write the trace to the log.'

/** Whole pages and overlays first, bare stack traces after them: the first that is found names the framework. */
const SIGNATURES: readonly Signature[] = [
  {
    what: "Django's debug page",
    pattern:
      /(?:seeing this (?:error|page) because (?:you have )?(?:<[^>]{0,200}>)?DEBUG ?= ?True|Using the URLconf defined in <code>|id="djDebug")/,
    hint: 'Set DEBUG = False in the Django settings of this environment, and ALLOWED_HOSTS with it.',
  },
  {
    what: "Werkzeug's debugger, which runs code for whoever unlocks it",
    pattern: /(?:\/\/ Werkzeug Debugger<\/title>|\bEVALEX_TRUSTED\b|__debugger__=yes&(?:amp;)?cmd=)/,
    hint: 'Start Flask without --debug, FLASK_DEBUG and app.run(debug=True), behind a WSGI server.',
  },
  {
    what: "Rails' debug page",
    pattern:
      /(?:<title>Action Controller: Exception caught<\/title>|<code>Rails\.root: |id="better_errors|class="better-errors)/,
    hint: 'Set config.consider_all_requests_local = false, and RAILS_ENV=production.',
  },
  {
    what: "Laravel's or Whoops' debug page",
    pattern:
      /(?:<title>Whoops! There was an error\.|class="Whoops container"|\bwindow\.ignite\(|<!-- (?:Illuminate|Spatie)\\|"exception":\s{0,5}"[^"]{1,300}",\s{0,50}"file":\s{0,5}"[^"]{1,300}\.php")/,
    hint: 'Set APP_DEBUG=false and APP_ENV=production, then run php artisan config:cache.',
  },
  {
    what: "Symfony's debug page",
    pattern: /(?:class="exception-summary\b|id="sfwdt|class="sf-toolbar\b|Symfony Exception)/,
    hint: 'Set APP_ENV=prod and APP_DEBUG=0.',
  },
  {
    what: "a page of Next.js' development server",
    pattern:
      /(?:"buildId":"development"|\/_next\/static\/(?:chunks\/[^"']{0,100}hmr-client|development\/)|<nextjs-portal)/,
    hint: 'Deploy what next build makes, and start it with next start instead of next dev.',
  },
  {
    what: "a page of Vite's development server",
    pattern: /(?:src="[^"]{0,200}\/@vite\/client"|\/@react-refresh"|<vite-error-overlay)/,
    hint: 'Deploy what vite build makes instead of running vite.',
  },
  {
    what: "a page of webpack's development server",
    pattern: /webpack-dev-server-client-overlay|webpack\/hot\/dev-server/,
    hint: 'Deploy what a build in production mode makes instead of running webpack serve.',
  },
  {
    what: "ASP.NET's error page with details",
    pattern:
      /(?:Server Error in (?:'|&#39;)[^'&]{1,200}(?:'|&#39;) Application|<h1>An unhandled exception occurred while processing the request|class="stackerror")/,
    hint: 'Set customErrors mode="On" in web.config, or ASPNETCORE_ENVIRONMENT=Production.',
  },
  {
    what: 'a PHP error with paths of the server',
    pattern:
      /(?:<b>(?:Fatal error|Parse error|Warning|Notice|Deprecated)<\/b>:[^<]{1,2000}<b>[^<]{1,300}<\/b> on line <b>\d+|PHP (?:Fatal|Parse) error: |class=['"]xdebug-error|Stack trace:\s{1,5}#0 )/,
    hint: 'Set display_errors = Off in php.ini, and log_errors = On.',
  },
  { what: 'a Python traceback', pattern: /Traceback \(most recent call last\):/, hint: CATCH },
  {
    what: 'a stack trace of Node.js',
    pattern:
      /\bat (?:async )?(?:(?:new )?[\w$.<>[\] ]{1,200} (?:\[as [\w$]{1,100}\] )?\()?(?:file:\/\/\/?|node:|\/|[A-Za-z]:\\{1,2})[^\s:<>"()]{1,300}:\d{1,7}:\d{1,7}/,
    hint: 'Start it with NODE_ENV=production (Express then keeps stacks to itself), and give it an error handler of its own.',
  },
  {
    what: 'a stack trace of Java or Kotlin',
    pattern: /(?:\b|\\t)at [\w$.<>/@]{3,300}\([\w$]{1,100}\.(?:java|kt|scala|groovy):\d{1,6}\)/,
    hint: 'Spring Boot: set server.error.include-stacktrace=never, and leave devtools out. Otherwise give it an error page.',
  },
  {
    what: 'a stack trace of .NET',
    pattern: /\bat [\w.`<>[\]]{3,300}\([^)]{0,300}\) in [^\n<]{1,300}:line \d+/,
    hint: 'Set ASPNETCORE_ENVIRONMENT=Production, and UseExceptionHandler.',
  },
  { what: 'a Ruby backtrace', pattern: /[\w./-]{1,200}\.rb:\d{1,6}:in (?:`|'|&#39;|&#x27;)/, hint: CATCH },
  { what: 'a Go panic', pattern: /\bgoroutine \d{1,9} \[[a-z ]{1,40}\]:/, hint: CATCH },
]

/** Every page of some debugging tools can be told by a header: Symfony's profiler sends its token. */
const HEADERS = ['x-debug-token', 'x-debug-token-link', 'x-debug-exception', 'x-debug-exception-file']

/** What is looked at of a body: debug pages say what they are near their start. */
const LOOKED_AT = 262_144

/** The first trace of debugging in a text, or in the names of its headers. */
export function findTrace(
  text: string,
  headers: readonly (readonly [name: string, value: string])[],
): Trace | undefined {
  const start = text.slice(0, LOOKED_AT)
  for (const { what, pattern, hint } of SIGNATURES) {
    const match = pattern.exec(start)
    if (match !== null) return { what, excerpt: start.slice(match.index, match.index + 200), hint }
  }
  const header = headers.find(([name]) => HEADERS.includes(name))
  if (header === undefined) return undefined
  return {
    what: `the header ${header[0]} of Symfony's debug mode`,
    excerpt: header[1],
    hint: 'Set APP_ENV=prod and APP_DEBUG=0.',
  }
}
