/** Recognises what a framework leaves behind that Pages cannot serve, and says what to deploy instead. */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Problem } from './problem.ts'

interface RawFolder {
  readonly what: string
  readonly hint: string
  readonly matches: (name: string, has: (...entries: readonly string[]) => boolean) => boolean
}

/** The peer dependency of @cloudflare/next-on-pages 1.13.16 ends at Next.js 15.5. */
const NEXT =
  "Set output: 'export' in next.config and pass out. A site that renders on the server belongs on Cloudflare Workers; next-on-pages serves Next.js up to 15.5 only (pass .vercel/output/static)."
const NUXT =
  'For a static site run nuxt generate and pass .output/public; for server rendering build with NITRO_PRESET=cloudflare-pages and pass dist.'

const RAW_FOLDERS: readonly RawFolder[] = [
  {
    what: 'the raw build of Next.js, which needs a Node server',
    hint: NEXT,
    matches: (name, has) => name === '.next' || has('BUILD_ID', 'server', 'static'),
  },
  {
    what: "Nuxt's build cache",
    hint: NUXT,
    matches: (name) => name === '.nuxt',
  },
  {
    what: 'the raw output of Nitro (Nuxt), which needs a server',
    hint: NUXT,
    matches: (name, has) => name === '.output' || has('nitro.json', 'public', 'server'),
  },
  {
    what: "SvelteKit's build cache",
    hint: 'Use @sveltejs/adapter-cloudflare and pass .svelte-kit/cloudflare, or @sveltejs/adapter-static and pass build.',
    matches: (name, has) => name === '.svelte-kit' || has('generated', 'output', 'tsconfig.json'),
  },
  {
    what: "Vercel's build folder, not the site in it",
    hint: NEXT,
    matches: (name, has) => name === '.vercel' || (name === 'output' && has('config.json', 'static')),
  },
  {
    what: 'a source folder, with its package.json and node_modules',
    hint: 'Build the project and pass the folder that the build writes, usually dist, build, out or public.',
    matches: (_name, has) => has('package.json', 'node_modules'),
  },
]

export function findRawFramework(directory: string): Problem | undefined {
  const has = (...entries: readonly string[]) => entries.every((entry) => existsSync(join(directory, entry)))
  const found = RAW_FOLDERS.find(({ matches }) => matches(basename(directory), has))
  return found && { message: `${directory} is ${found.what}; Pages cannot serve it.`, hint: found.hint }
}
