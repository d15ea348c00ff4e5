import { describe, expect, test } from 'vitest'
import { parseStore, type StoreSpec } from '../../../actions/snapshot/store/spec.ts'

test.each<readonly [string, StoreSpec]>([
  ['artifact', { kind: 'artifact' }],
  ['release', { kind: 'release' }],
  ['directory:/mnt/backup', { kind: 'directory', path: '/mnt/backup' }],
  ['directory:backups/a b', { kind: 'directory', path: 'backups/a b' }],
  ['directory:../beside', { kind: 'directory', path: '../beside' }],
  ['s3://backups', { kind: 's3', bucket: 'backups', prefix: '' }],
  ['s3://backups/', { kind: 's3', bucket: 'backups', prefix: '' }],
  ['s3://my.back-ups/site/eu/', { kind: 's3', bucket: 'my.back-ups', prefix: 'site/eu' }],
  ['azure://backups/site', { kind: 'azure', container: 'backups', prefix: 'site' }],
])('%s', (text, spec) => {
  expect(parseStore(text)).toEqual(spec)
})

describe('refuses, and says what to write instead,', () => {
  test.each([
    ['', /has a value that is no store/, /Write one of: artifact, release, directory:PATH/],
    ['artifacts', /is "artifacts", which is no store/, /Write one of/],
    ['gs://bucket', /begins with "gs:"/, /Write one of/],
    ['S3://bucket', /begins with "S3:"/, /Write one of/],
    ['artifact:x', /begins with "artifact:"/, /Write one of/],
    ['directory:', /names no folder/, /directory:\/mnt\/backup/],
    ['directory:~/backup', /only a shell expands/, /in full/],
    ['directory://mnt/backup', /is a URL/, /directory:\/mnt\/backup/],
    ['directory:/mnt/backup\n', /a line break or another control character/, /in one line/],
    ['directory:/mnt/a\u0000b', /control character/, /in one line/],
    ['directory:/mnt/a\u001b[31mb', /control character/, /in one line/],
    ['directory:/mnt/a\u2028b', /control character/, /in one line/],
    ['s3://backups/site\r\nx', /control character/, /in one line/],
    ['release\n', /control character/, /in one line/],
    ['s3:backups/site', /is no address of a bucket/, /s3:\/\/backups\/site/],
    ['s3://', /names no bucket/, /s3:\/\/backups\/site/],
    ['s3:///site', /names no bucket/, /s3:\/\/backups\/site/],
    ['s3://Backups/site', /names the bucket "Backups"/, /lower-case/],
    ['s3://backups/../site', /has "\.\." in its prefix/, /in full/],
    ['s3://backups/./site', /has "\." in its prefix/, /in full/],
    ['s3://backups//site', /an empty part/, /single slashes/],
    ['s3://backups/my site', /the part "my site"/, /letters, digits/],
    ['azure://', /names no container/, /azure:\/\/backups\/site/],
    ['azure://back--ups', /names the container "back--ups"/, /single "-"/],
    ['azure://a.b', /names the container/, /lower-case/],
  ])('%s', (text, message, hint) => {
    expect(() => parseStore(text)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(message), hint: expect.stringMatching(hint) }),
    )
  })

  test.each([
    's3://AKIAEXAMPLE:hunter2@backups/site',
    's3://backups/site?secret=hunter2',
    'azure://backups/site?sv=1&sig=hunter2',
    'https://account.blob.core.windows.net/backups?sig=hunter2',
    'DefaultEndpointsProtocol=https;AccountKey=hunter2',
  ])('without quoting what may be a secret, %s', (text) => {
    expect(() => parseStore(text)).toThrow(
      expect.objectContaining({ name: 'ActionError', message: expect.not.stringContaining('hunter2') }),
    )
  })
})
