const LANGUAGES: Record<string, string> = { py: 'python', sql: 'sql', sh: 'shell', md: 'markdown', yml: 'yaml', yaml: 'yaml' }

export const languageOf = (path: string): string => LANGUAGES[path.slice(path.lastIndexOf('.') + 1).toLowerCase()] ?? 'plaintext'
