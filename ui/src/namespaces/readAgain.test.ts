import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import { readAgain } from './readAgain'

test('a folder that was asked for before a change is asked for again after it', async () => {
  const answers: ((names: string[]) => void)[] = []
  const cache = new QueryClient()
  const folder = new QueryObserver(cache, {
    queryKey: ['files', 'company', 'folder', '/queries'],
    queryFn: () => new Promise<string[]>((answer) => answers.push(answer)),
  })
  const end = folder.subscribe(() => undefined)
  const done = readAgain(cache, 'company')
  await expect.poll(() => answers.length).toBe(2)
  answers[0]?.(['one.sql'])
  answers[1]?.(['one.sql', 'two.sql'])
  await done
  expect(folder.getCurrentResult().data).toEqual(['one.sql', 'two.sql'])
  end()
})
