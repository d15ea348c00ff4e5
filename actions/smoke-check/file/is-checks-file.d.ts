/** Whether a value has the shape of checks.schema.json. */
export declare const isChecksFile: (value: unknown) => boolean
