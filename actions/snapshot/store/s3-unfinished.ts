/** Uploads in parts that were never completed: they cost as much as objects, and no listing of objects shows them. */
import { ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3'
import type { StoredObject } from './objects.ts'

/** Between the key and the id of an upload that was never completed, as in S3's own addresses. */
export const UPLOAD = '?uploadId='

/** Their names have the id of the upload in them, and no size: S3 would have to be asked for every one. */
export async function listUploads(
  client: S3Client,
  bucket: string,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly StoredObject[]> {
  const objects: StoredObject[] = []
  let after = {}
  for (;;) {
    const input = { Bucket: bucket, Prefix: prefix, Delimiter: '/', ...after }
    const page = await client.send(new ListMultipartUploadsCommand(input), { abortSignal: signal })
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (!Key?.startsWith(prefix)) continue // not every server heeds the prefix
      objects.push({
        name: `${Key.slice(prefix.length)}${UPLOAD}${UploadId}`,
        size: 0,
        writtenAt: Initiated?.getTime() ?? 0,
      })
    }
    if (page.IsTruncated !== true || page.NextKeyMarker === undefined) return objects
    after = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
  }
}
