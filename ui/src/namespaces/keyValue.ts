/** Types of stored values, and how each is written in a request. */

export const KINDS = ['STRING', 'NUMBER', 'BOOLEAN', 'DATETIME', 'DATE', 'DURATION', 'JSON'] as const
export type Kind = (typeof KINDS)[number]

/** Text is quoted; what else looks like a date or number would be stored as one. */
export const written = (kind: Kind, text: string): string => (kind === 'STRING' ? JSON.stringify(text) : text.trim())
