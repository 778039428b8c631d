/** Save a text as a file of the browser's user. */
export const saveText = (text: string, name: string, type: string): void => saveBlob(new Blob([text], { type }), name)

export function saveBlob(content: Blob, name: string): void {
  const address = URL.createObjectURL(content)
  const link = Object.assign(document.createElement('a'), { href: address, download: name })
  link.click()
  URL.revokeObjectURL(address)
}
