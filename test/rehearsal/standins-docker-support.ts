/** A small repository with a Dockerfile, and workflows that build, push and attest its image. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Rehearsal } from '../../rehearsal/options.ts'
import { step } from '../support/rehearse.ts'

export const DOCKERFILE = `# syntax=docker/dockerfile:1
ARG NODE=24
FROM node:\${NODE}-slim AS build
WORKDIR /app
COPY src ./src
RUN npm ci && \\
    # between two lines
    npm run build

FROM node:\${NODE}-slim
ARG COMMIT=unknown
ENV COMMIT=$COMMIT PORT="8080"
WORKDIR /srv
COPY --from=build /app/src ./
COPY --from=build /app/dist ./dist
COPY package.json .
USER node
EXPOSE 8080
CMD ["node", "main.js"]
`

export function makeRepository(files: Readonly<Record<string, string>> = {}): string {
  // The registry takes lower case only, and the folder names the repository.
  const folder = join(mkdtempSync(join(tmpdir(), 'slipway-image-')), 'harbour')
  const all = { Dockerfile: DOCKERFILE, 'src/main.js': 'console.log(1)\n', 'package.json': '{}\n', ...files }
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

export const IMAGE = `ghcr.io/\${{ github.repository }}`

const LOGIN = `
- { name: Login, uses: docker/login-action@v4, with: { registry: ghcr.io, username: '\${{ github.actor }}', password: '\${{ github.token }}' } }`

/** @param withs of build-push-action, a YAML mapping's lines */
export function buildSteps(withs: string, { login = true, context = '.' } = {}): string {
  const lines = `context: ${context}\n${withs}`.trim().replace(/^/gm, '    ')
  return `- uses: actions/checkout@v7${login ? LOGIN : ''}\n- id: build\n  name: Build\n  uses: docker/build-push-action@v7\n  with:\n${lines}\n`
}

export const ALL = { contents: 'read', packages: 'write', 'id-token': 'write', attestations: 'write' } as const

export function withPermissions(permissions: Readonly<Record<string, string>>): string {
  return `permissions: ${JSON.stringify(permissions)}`
}

/** The message of the one error that a step ended with. */
export function errorOf(rehearsal: Rehearsal, name: string): string {
  return step(rehearsal, name)
    .annotations.filter(({ level }) => level === 'error')
    .map(({ message }) => message)
    .join('\n')
}
