/** Values in answers that prove who somebody is, told by the names they have: an answer to a login is one. */

const SECRET =
  /(?:^|[_-])(?:token|secret|password|passwd|passphrase|pwd|jwt|session|sessionid|sid|cookie|credential)s?(?:[_-](?:id|key|value))?$|[_-]keys?$|^api-?keys?$/

/** Of a JSON member: `access_token`, `apiKey`, `sessionId`. */
export function isSecretName(name: string): boolean {
  return SECRET.test(name.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase())
}

/** Whether the last name in a JSONPath is one, as of `$.data.access_token` or `$['data'][0]['apiKey']`. */
export function isSecretPath(path: string): boolean {
  const name = /([\w-]+)(?:['"]?\])?$/.exec(path)?.[1]
  return name !== undefined && isSecretName(name)
}

/** Text with the members of JSON in it, which may be cut off anywhere. */
export function hideMembers(text: string): string {
  return text.replace(
    /"([\w.-]{1,60})"(\s{0,8}:\s{0,8})"((?:[^"\\]|\\.)*\\?)"?/g,
    (all, name: string, colon: string) => (isSecretName(name) ? `"${name}"${colon}"***"` : all),
  )
}
