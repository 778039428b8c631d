/** Asks before what cannot be undone; the browser's own question needs no state and traps no focus. */
export const confirmed = (question: string): boolean => window.confirm(question)
