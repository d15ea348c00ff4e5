import { expect, it } from 'vitest'
import { locationOf, pathInScanning } from '../../actions/gate-findings/location.ts'

// The left side is a target of Trivy's, the right one the location in its SARIF (pkg/report/sarif.go, ToPathUri and clearURI).
it.each([
  ['package-lock.json', 'lang-pkgs', 'package-lock.json'],
  ['app/package-lock.json', 'lang-pkgs', 'app/package-lock.json'],
  ['/app/.env', 'secret', 'app/.env'],
  ['./deploy/.env', 'secret', 'deploy/.env'],
  ['image.tar (debian 12.5)', 'os-pkgs', 'library/image.tar'],
  ['nginx (debian 12.5)', 'os-pkgs', 'library/nginx'],
  ['nginx:1.27 (debian 12.5)', 'os-pkgs', 'library/nginx'],
  ['docker.io/nginx:1.27 (debian 12.5)', 'os-pkgs', 'library/nginx'],
  ['ghcr.io/octo-org/site:sha-1234567 (alpine 3.20.3)', 'os-pkgs', 'octo-org/site'],
  ['localhost:5000/site:dev (alpine 3.20.3)', 'os-pkgs', 'site'],
  ['localhost/site:dev (alpine 3.20.3)', 'os-pkgs', 'localhost/site'],
  [`octo-org/site@sha256:${'a'.repeat(64)} (alpine 3.20.3)`, 'os-pkgs', 'octo-org/site'],
  [`octo-org/site:v1@sha256:${'a'.repeat(64)} (alpine 3.20.3)`, 'os-pkgs', 'octo-org/site'],
  ['/srv/temp/image.tar (debian 12.5)', 'os-pkgs', 'srv/temp/image.tar'],
  ['Image Of Mine (debian 12.5)', 'os-pkgs', 'Image Of Mine'],
  ['a (b) c (d)', 'os-pkgs', 'a'],
  ['package-lock (copy).json', 'lang-pkgs', 'package-lock (copy).json'],
  ['infra\\main.tf', 'config', 'infra/main.tf'],
  ['git@github.com:a/b.git?ref=v1/main.tf', 'config', 'github.com/a/b/tree/v1/main.tf'],
  ['git::https:/github.com/a/b.git/main.tf', 'config', 'github.com/a/b/main.tf'],
  ['git::ssh://git@example.com/a.git/main.tf', 'config', 'example.com/a/main.tf'],
  ['git::https://example.com/vpc.git', 'config', 'https://example.com/vpc'],
  ['s3::https://example.com/vpc.zip', 'config', 'https://example.com/vpc.zip'],
  ['100% sure.txt', 'secret', '100% sure.txt'],
])('%s of the class %s is at %s', (target, resultClass, location) => {
  expect(locationOf(target, resultClass)).toBe(location)
})

it.each([
  ['a b/ä.json', 'a%20b/%C3%A4.json'],
  ['app/.env', 'file:///app/.env'],
  ['app/.env', '/app/.env'],
])('%s is the same place as %s', (path, uri) => {
  expect(pathInScanning(uri)).toBe(pathInScanning(path))
})
