import { execFileSync } from 'node:child_process'
import { chmodSync, lstatSync, realpathSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { collectPaths } from '../../../actions/snapshot/content/walk.ts'
import { grow, plant, refusal, type Tree, temporaryFolder } from './tree.ts'

async function pathsOf(tree: Tree, ...lines: readonly string[]): Promise<readonly string[]> {
  return (await collectPaths(lines, plant(tree))).entries.map(({ path }) => path)
}

async function notesOf(tree: Tree, ...lines: readonly string[]): Promise<readonly string[]> {
  return (await collectPaths(lines, plant(tree))).notes
}

async function refusalOf(tree: Tree, ...lines: readonly string[]): Promise<string> {
  return refusal(() => collectPaths(lines, plant(tree)))
}

const SITE: Tree = {
  'dist/index.html': '<p>',
  'dist/.well-known/x.txt': 'x',
  'dist/js/app.js': 'app',
  'dist/js/app.js.map': 'map',
  'dist/empty/': '',
  'package.json': '{}',
  'src/main.ts': 'main',
}

describe('what a line takes', () => {
  it('is everything below a folder that it names, empty folders and dot files included', async () => {
    const all = ['dist', 'dist/.well-known', 'dist/.well-known/x.txt', 'dist/empty', 'dist/index.html', 'dist/js']
    for (const line of ['dist', './dist', 'dist/', 'dist/**', './/dist/./**']) {
      expect(await pathsOf(SITE, line)).toEqual([...all, 'dist/js/app.js', 'dist/js/app.js.map'])
    }
  })

  it('is what its glob matches, with the parents', async () => {
    expect(await pathsOf(SITE, '**/*.js')).toEqual(['dist', 'dist/js', 'dist/js/app.js'])
    expect(await pathsOf(SITE, '*.json')).toEqual(['package.json'])
    expect(await pathsOf(SITE, '{src,dist}/*.[ht]*')).toEqual(['dist', 'dist/index.html', 'src', 'src/main.ts'])
    expect(await pathsOf(SITE, 'dist/j?')).toEqual(['dist', 'dist/js', 'dist/js/app.js', 'dist/js/app.js.map'])
    expect(await pathsOf(SITE, '*/e*/')).toEqual(['dist', 'dist/empty'])
  })

  it('is the whole workspace for a dot, wherever the workspace stands', async () => {
    const root = plant({ 'work [1]/a': 'a' })
    const workspace = join(root, 'work [1]')
    for (const line of ['.', './', '**', workspace, `${workspace}/a`]) {
      expect((await collectPaths([line], workspace)).entries.map(({ path }) => path)).toEqual(['a'])
    }
  })

  it('is a file whose own name looks like a glob', async () => {
    const routes = { 'app/[id].js': '1', 'app/(group)/page.js': '2', 'app/d.js': '3', 'app/x.js': '4' }
    expect(await pathsOf(routes, 'app/[id].js')).toEqual(['app', 'app/[id].js', 'app/d.js'])
    expect(await pathsOf(routes, 'app/\\[id\\].js')).toEqual(['app', 'app/[id].js'])
    expect(await pathsOf(routes, 'app/(group)/page.js')).toContain('app/(group)/page.js')
    expect(await pathsOf(routes, 'app/\\(group\\)/**')).toContain('app/(group)/page.js')
  })

  it('keeps size, permission bits and time, and says which line took it first', async () => {
    const root = plant({ 'bin/run.sh': 'echo' })
    chmodSync(join(root, 'bin/run.sh'), 0o4751)
    chmodSync(join(root, 'bin'), 0o1770)
    utimesSync(join(root, 'bin/run.sh'), 1_700_000_000, 1_700_000_000.25)
    utimesSync(join(root, 'bin'), 1_600_000_000, 1_600_000_000)
    const { entries, notes } = await collectPaths(['bin/*.sh', 'bin'], root)
    expect(notes).toEqual([])
    expect(entries).toEqual([
      { type: 'directory', path: 'bin', mode: 0o770, source: 'path: bin/*.sh', modifiedAt: 1_600_000_000_000 },
      {
        type: 'file',
        path: 'bin/run.sh',
        file: join(realpathSync(root), 'bin/run.sh'),
        size: 4,
        mode: 0o751,
        source: 'path: bin/*.sh',
        modifiedAt: 1_700_000_000_250,
      },
    ])
  })

  it('comes in the order of bytes, parents first, each once', async () => {
    const names = { 'a/x': '1', 'a-b': '2', 'a.b/y': '3', ä: '4', '\u{10000}': '5', '\uff21': '6' }
    expect(await pathsOf(names, '**', 'a', '.')).toEqual([
      'a',
      'a-b',
      'a.b',
      'a.b/y',
      'a/x',
      'ä',
      '\uff21',
      '\u{10000}',
    ])
  })

  it('is nothing at all for no lines', async () => {
    expect(await collectPaths([], temporaryFolder())).toEqual({ entries: [], notes: [] })
  })
})

describe('exclusions', () => {
  it('win wherever they stand, with everything below', async () => {
    const rest = ['dist', 'dist/.well-known', 'dist/.well-known/x.txt', 'dist/empty', 'dist/index.html']
    expect(await pathsOf(SITE, '!dist/js', 'dist', 'dist/js/app.js.map', 'src').catch(String)).toMatch(/app\.js\.map/)
    expect(await pathsOf(SITE, '!dist/js', 'dist')).toEqual(rest)
    expect(await pathsOf(SITE, 'dist', '!**/js')).toEqual(rest)
    expect(await pathsOf(SITE, 'dist', '!dist/js/')).toEqual(rest)
    expect(await pathsOf(SITE, 'dist', '! ./dist/*/*.map', '!package.json/')).toContain('dist/js/app.js')
    expect(await pathsOf(SITE, 'dist', '!**/*.map')).not.toContain('dist/js/app.js.map')
  })

  it('may name a file that looks like a glob', async () => {
    expect(await pathsOf({ '[id].js': '1', 'x.js': '2' }, '*.js', '![id].js')).toEqual(['x.js'])
  })

  it('are mentioned when they exclude nothing', async () => {
    expect(await notesOf(SITE, 'dist', '!js', '!dist/js', '!**/js')).toEqual(['The line "!js" has excluded nothing.'])
  })

  it('leave a line without anything only with an error', async () => {
    expect(await refusalOf(SITE, 'src', 'dist/js', '!dist/j*')).toMatchInlineSnapshot(`
      "Input paths has the line "dist/js", which takes nothing: what it could mean is excluded.
      Check what the steps before this one have made, or leave the line out."
    `)
    expect(await refusalOf(SITE, 'src/**', '!src')).toMatch(/takes nothing: what it could mean is excluded/)
    expect(await refusalOf(SITE, '!dist')).toMatchInlineSnapshot(`
      "Input paths excludes and names nothing to exclude from.
      Add a line for what to take, as "." for the whole workspace."
    `)
  })
})

describe('a line that finds nothing', () => {
  it('is an error that names what is near', async () => {
    expect(await refusalOf(SITE, 'dits/**')).toMatchInlineSnapshot(`
      "Input paths has the line "dits/**", which matches nothing in the workspace.
      Did you mean "dist"?"
    `)
    expect(await refusalOf(SITE, 'output/**')).toMatch(/The workspace has "dist", "package\.json", "src"\./)
    expect(await refusalOf(SITE, 'dist/JS/app.js').catch(() => 'a file system that ignores case')).toMatch(
      /Did you mean "dist\/js"\?|ignores case/,
    )
    expect(await refusalOf(SITE, 'dist/*.htm')).toMatchInlineSnapshot(`
      "Input paths has the line "dist/*.htm", which matches nothing in the workspace.
      The folder "dist" has ".well-known", "empty", "index.html", "js"."
    `)
    expect(await refusalOf(SITE, 'package.json/x')).toMatch(/"package\.json" is not a folder\./)
    expect(await refusalOf(SITE, 'package.json/')).toMatch(/matches nothing/)
    expect(await refusalOf({}, 'dist')).toMatch(/The workspace is empty: check the steps before this one/)
    expect(await refusalOf({ 'dist/': '' }, 'dist/**')).toMatch(/The folder "dist" is empty/)
  })

  it('is an error that says what is not expanded', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as somebody may write it
    expect(await refusalOf(SITE, 'dist/${NAME}')).toMatch(/Variables are not expanded in paths: write "\$\{\{ env/)
    expect(await refusalOf(SITE, 'src/[id]/x')).toMatch(/a backslash before each, as in "\\\[id\\\]"/)
  })

  it('differs from one that finds only empty folders', async () => {
    expect(await notesOf({ 'logs/a/': '' }, 'logs')).toEqual(['The line "logs" has taken no file, only empty folders.'])
  })
})

describe('links', () => {
  it('are kept as they are, and never followed', async () => {
    const root = plant({
      current: '→ releases/2',
      'releases/2/site/index.html': 'x',
      'releases/2/up': '→ ../..',
      'releases/2/loose': '→ missing',
    })
    const { entries, notes } = await collectPaths(['**'], root)
    expect(entries.map(({ path, type }) => `${path} ${type}`)).toEqual([
      'current link',
      'releases directory',
      'releases/2 directory',
      'releases/2/loose link',
      'releases/2/site directory',
      'releases/2/site/index.html file',
      'releases/2/up link',
    ])
    expect(entries[0]).toMatchObject({ target: 'releases/2', source: 'path: **' })
    expect(notes).toEqual(['The targets of these links are not in the snapshot: "releases/2/loose".'])
  })

  it('may be named, and may lead to what is not taken, which is mentioned', async () => {
    expect(await notesOf({ current: '→ v1', 'v1/a': 'a' }, 'current')).toEqual([
      'The targets of these links are not in the snapshot: "current".',
    ])
  })

  it('are refused when they leave the workspace, absolutely, by themselves, or through others', async () => {
    expect(await refusalOf({ 'a/passwd': '→ /etc/passwd' }, 'a')).toMatchInlineSnapshot(`
      "The link "a/passwd" to "/etc/passwd" is absolute.
      Exclude it with the line "!a/passwd", or let it lead to something in the workspace by a relative path (ln -sr)."
    `)
    expect(await refusalOf({ 'a/b/out': '→ ../../../x' }, 'a')).toMatch(
      /"a\/b\/out" to "\.\.\/\.\.\/\.\.\/x" leads out/,
    )
    // By itself `p/../../x` stays inside: `p` leads to the top, from where two up are outside.
    expect(await refusalOf({ 'a/p': '→ ..', 'b/q': '→ ../a/p/../x' }, 'b')).toMatch(/"b\/q" .*leads out/)
    expect(await refusalOf({ p: '→ /', 'b/q': '→ ../p/etc' }, 'b')).toMatch(/"b\/q" .*leads out/)
    expect(await refusalOf({ 'b/x': '→ y', 'b/y': '→ x' }, 'b')).toMatch(/in a circle/)
    // Without `p` in the snapshot, `d/p/../..` would be read as two up from `d/p`, and then one more.
    expect(await refusalOf({ 'd/p': '→ e/f/g', 'd/e/f/g/': '', q: '→ d/p/../../../..' }, 'q')).toMatch(
      /"q" .*leads out/,
    )
    expect(await pathsOf({ 'a/passwd': '→ /etc/passwd', 'a/b': 'b' }, 'a', '!a/passwd')).toEqual(['a', 'a/b'])
  })

  it('are no way for a pattern', async () => {
    const tree = { current: '→ v1', 'v1/a': 'a' }
    expect(await refusalOf(tree, 'current/**')).toMatchInlineSnapshot(`
      "Input paths has the line "current/**", which goes through "current", a symbolic link.
      No link is followed, so that nothing is taken twice or from outside of the workspace. Name the folder that it leads to, and the link itself with a line of its own if it is wanted, too."
    `)
    expect(await refusalOf(tree, 'current/a')).toMatch(/goes through "current", a symbolic link/)
    expect(await refusalOf(tree, 'current/')).toMatch(/goes through "current", a symbolic link/)
  })

  it('in the way to the workspace do not matter', async () => {
    const root = plant({ 'real/a': 'a', 'real/l': '→ a' })
    symlinkSync('real', join(root, 'workspace'))
    const { entries, notes } = await collectPaths(['.'], join(root, 'workspace'))
    expect(entries.map(({ path }) => path)).toEqual(['a', 'l'])
    expect(notes).toEqual([])
  })
})

describe('.git', () => {
  const REPOSITORY = { '.git/config': 'token', 'sub/.git': 'gitdir: x', 'sub/a': 'a', '.gitignore': 'i' }

  it('is left out at any depth, and that is said', async () => {
    for (const line of ['.', '**', '**/*'])
      expect(await pathsOf(REPOSITORY, line)).toEqual(['.gitignore', 'sub', 'sub/a'])
    expect(await notesOf(REPOSITORY, '.')).toEqual([
      'Left out, since it may hold a token: ".git", "sub/.git". A line of its own takes it.',
    ])
  })

  it('is taken when a line names it', async () => {
    expect(await pathsOf(REPOSITORY, '.git')).toEqual(['.git', '.git/config'])
    expect(await pathsOf(REPOSITORY, '.git/*')).toEqual(['.git', '.git/config'])
    expect(await refusalOf(REPOSITORY, '**/.git/config')).toMatch(/taken only by a line that names it before its first/)
    expect(await pathsOf(REPOSITORY, 'sub', 'sub/.git')).toEqual(['sub', 'sub/.git', 'sub/a'])
  })

  it('is not mentioned where no line means it', async () => {
    expect(await notesOf(REPOSITORY, 'sub/a')).toEqual([])
    expect(await notesOf(REPOSITORY, '*ignore')).toEqual([])
    expect(await notesOf(REPOSITORY, '.', '!**/.git')).toEqual([])
  })
})

describe('what no snapshot can hold', () => {
  it('is refused by name: sockets, named pipes and devices', async () => {
    const root = plant({ 'run/a': 'a' })
    const server = createServer().listen(join(root, 'run/s'))
    await new Promise((resolve) => server.once('listening', resolve))
    try {
      expect(await refusal(() => collectPaths(['run'], root))).toMatchInlineSnapshot(`
        ""run/s" is a socket, which no snapshot can hold.
        Exclude it with the line "!run/s"."
      `)
    } finally {
      server.close()
    }
    execFileSync('mkfifo', [join(root, 'fifo')])
    expect(await refusal(() => collectPaths(['f*'], root))).toMatch(/"fifo" is a named pipe/)
    expect(await refusal(() => collectPaths(['null'], '/dev'))).toMatch(/"null" is a device/)
  })

  it('is refused by name: what other systems take for one', async () => {
    const root = plant({ 'x/Read': '1' })
    writeFileSync(join(root, 'x/read'), '2')
    if (lstatSync(join(root, 'x/Read')).ino !== lstatSync(join(root, 'x/read')).ino) {
      expect(await refusal(() => collectPaths(['x'], root))).toMatchInlineSnapshot(`
        ""x/read" and "x/Read" are the same on a file system that ignores case or Unicode normalization.
        It could not be restored everywhere. Rename it, or exclude it with a line that begins with "!" ("?" stands for a character that cannot be written)."
      `)
    }
    const accents = plant({ é: '1', 'e\u0301': '2' })
    expect(await refusal(() => collectPaths(['.'], accents))).toMatch(/are the same on a file system/)
  })

  it('is refused by name: control characters, other bytes than UTF-8, and the name of the manifest', async () => {
    expect(await refusalOf({ 'x/a\nb': '1' }, 'x')).toMatchInlineSnapshot(`
      "The path "x/a\\nb" contains a control character.
      It could not be restored everywhere. Rename it, or exclude it with a line that begins with "!" ("?" stands for a character that cannot be written)."
    `)
    const root = plant({ 'x/a': '1' })
    writeFileSync(Buffer.concat([Buffer.from(`${root}/x/`), Buffer.from([0x66, 0xff])]), '')
    expect(await refusal(() => collectPaths(['x'], root))).toMatch(/"x\/f\ufffd" has a name that is not UTF-8/)
    expect((await collectPaths(['x', '!x/f?'], root)).entries.map(({ path }) => path)).toEqual(['x', 'x/a'])
    expect(await refusalOf({ '.slipway-snapshot.json': '1' }, '.')).toMatch(/the name of the snapshot's own manifest/)
    expect(await pathsOf({ 'x/.slipway-snapshot.json': '1' }, 'x')).toEqual(['x', 'x/.slipway-snapshot.json'])
  })

  it('is refused by name: a link to other bytes than UTF-8', async () => {
    const root = plant({ 'x/a': '1' })
    symlinkSync(Buffer.from([0x66, 0xff]), join(root, 'x/l'))
    expect(await refusal(() => collectPaths(['x'], root))).toMatch(/"x\/l" has a target that is not UTF-8/)
  })

  it('is refused by name: what cannot be read', ({ skip }) => {
    const root = plant({ 'a/secret': 'x', 'b/closed/x': 'x' })
    chmodSync(join(root, 'a/secret'), 0o200)
    chmodSync(join(root, 'b/closed'), 0o300)
    const walk = new URL('../../../actions/snapshot/content/walk.ts', import.meta.url)
    const script = `
      const { collectPaths } = await import(${JSON.stringify(walk.href)})
      for (const line of ['a', 'b', '**/x']) {
        await collectPaths([line], process.cwd()).then(() => console.log('taken'), ({ text }) => console.log(text))
      }`
    // To root, everything can be read.
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
    const args = ['--input-type=module', '-e', script]
    let said: string
    try {
      said = execFileSync(process.execPath, args, {
        cwd: root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        ...user,
      })
    } catch (error) {
      if (!/EACCES/.test(String(error))) throw error
      return skip('this repository stands where only root may read')
    }
    expect(said).toMatchInlineSnapshot(`
      ""a/secret" cannot be read by the user that runs the step (EACCES).
      What a container has written often belongs to root. Give it to the step's user before this step (sudo chown -R "$(id -u)" …), or exclude it with the line "!a/secret".
      "b/closed" cannot be read by the user that runs the step (EACCES).
      What a container has written often belongs to root. Give it to the step's user before this step (sudo chown -R "$(id -u)" …), or exclude it with the line "!b/closed".
      "b/closed" cannot be read by the user that runs the step (EACCES).
      What a container has written often belongs to root. Give it to the step's user before this step (sudo chown -R "$(id -u)" …), or exclude it with the line "!b/closed".
      "
    `)
    chmodSync(join(root, 'b/closed'), 0o700)
  })
})

it('lets signals in between two folders', async () => {
  const root = temporaryFolder()
  for (let folder = 0; folder < 50; folder += 1) grow(root, { [`d${folder}/x`]: 'x' })
  let turns = 0
  const count = () => {
    turns += 1
    next = setImmediate(count)
  }
  let next = setImmediate(count)
  await collectPaths(['.'], root)
  clearImmediate(next)
  expect(turns).toBeGreaterThan(25)
})
