/** Lines, counted from zero, that begin a text of several lines: `key: |` and `key: >`. */
export function textBlocks(source: string): number[] {
  return source.split('\n').flatMap((line, index) => (BLOCK.test(line) ? [index] : []))
}

const BLOCK = /^\s*(?:-\s+)*(?:[^\s#][^#]*:\s+|-\s+)[|>][+-]?\d?[+-]?\s*(?:#.*)?$/
