/**
 * @actions/core loads an HTTP client (and with it the whole of undici) for one feature that this pack
 * does not use, OpenID Connect tokens. Leaving it out takes a bundle from 1.06 MB to 0.08 MB and its
 * start from 2.8 to 1.2 times bare Node; docs/design.md has the measurement. A call says so at once.
 */
const absent = () => {
  throw new Error('OpenID Connect is not part of this bundle (see stubs/http-client).')
}

export class HttpClient {
  constructor() {
    absent()
  }
}

export class BearerCredentialHandler {
  constructor() {
    absent()
  }
}
