import { expect, test } from 'vitest'
import { textBlocks } from './folding'

test('texts of several lines begin with a bar or an angle', () => {
  const source = ['tasks:', '  - id: a', '    script: |', '      x | y', '    query: >-', '      select', '  - |', '    plain', 'note: a | b', '# key: |', 'other: |2 # kept'].join('\n')
  expect(textBlocks(source)).toEqual([2, 4, 6, 10])
})
