/** `1 flow`, `1,500 flows`; `many` where the plural is no plain s. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count.toLocaleString('en')} ${count === 1 ? one : many}`
