/** Where this server is on its host: what all its paths begin with, such as `/kestra`; mostly empty. */

const told = (): string =>
  typeof document === 'undefined' ? '' : (document.querySelector<HTMLMetaElement>('meta[name="context-path"]')?.content ?? '')

export const ROOT = told()
export const PAGES = `${ROOT}/ui`

/** The whole address of the server, for commands and other programs. */
export const serverAddress = () => `${window.location.origin}${ROOT}`
