/** Runs s3rver on a free port of loopback: `s3rver.cjs FOLDER BUCKET`. */
const S3rver = require('s3rver')

const [, , directory, bucket] = process.argv
new S3rver({ address: '127.0.0.1', port: 0, directory, silent: true, configureBuckets: [{ name: bucket }] })
  .run()
  .then(({ port }) => console.log(`listening on ${port}`))
