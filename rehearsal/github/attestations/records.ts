export interface AttestationRecord {
  readonly id: number
  /** The Sigstore bundle as it came. */
  readonly bundle: object
  readonly predicateType: string
  /** `sha256:…` of each subject. */
  readonly subjects: readonly string[]
}
