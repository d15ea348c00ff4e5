import { execFileSync } from 'node:child_process'

import { defineConfig, loadEnv } from 'vite'

// The commit is part of what is deployed, so that anyone can ask the live site what it is.
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()

export default defineConfig(({ mode }) => {
  const { VITE_API_URL: api = 'http://localhost:8000' } = loadEnv(mode, process.cwd())
  return {
    define: { __COMMIT__: JSON.stringify(commit), 'import.meta.env.VITE_API_URL': JSON.stringify(api) },
    plugins: [
      {
        name: 'version-file',
        generateBundle() {
          this.emitFile({ type: 'asset', fileName: 'version.json', source: `${JSON.stringify({ commit, api })}\n` })
        },
      },
    ],
  }
})
