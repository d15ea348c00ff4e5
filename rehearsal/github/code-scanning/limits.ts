/**
 * What one upload may hold, and what is kept of it:
 * https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning and the limits beside it.
 */
export const MAX_GZIP_BYTES = 10 * 1024 * 1024
export const MAX_RUNS = 20
export const MAX_RESULTS = 25_000
export const KEPT_RESULTS = 5_000
export const MAX_RULES = 25_000
export const MAX_LOCATIONS = 1_000
export const KEPT_LOCATIONS = 100
export const MAX_TAGS = 20
export const KEPT_TAGS = 10

/** GitHub does not say how far it inflates. This is far above any honest upload, and ends a gzip bomb. */
export const MAX_INFLATED_BYTES = 256 * 1024 * 1024
