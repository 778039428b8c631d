const LANGUAGES: Record<string, string> = { py: 'python', sql: 'sql', sh: 'shell', md: 'markdown', yml: 'yaml', yaml: 'yaml' }

export const languageOf = (path: string): string => LANGUAGES[path.slice(path.lastIndexOf('.') + 1).toLowerCase()] ?? 'plaintext'

const FLOWS = /^\/?_flows\/.*\.ya?ml$/i

/** Whether a file is the source of a flow, as it is when flows are synchronised with a repository. */
export const isFlow = (path: string): boolean => FLOWS.test(path)
