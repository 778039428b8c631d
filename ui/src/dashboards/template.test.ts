import { beforeEach, expect, test, vi } from 'vitest'
import { parse } from 'yaml'

interface Written {
  title: string
  charts: { id: string; data?: { columns: Record<string, { displayName?: string }> } }[]
}

beforeEach(() => vi.resetModules())

/** The template as it is for readers of a language with these texts. */
async function written(texts: Record<string, string>): Promise<Written> {
  const { speak } = await import('../language')
  speak('xx', texts)
  return parse((await import('./template')).TEMPLATE) as Written
}

test('the template is a dashboard whose words are those of its reader', async () => {
  const { title, charts } = await written({ 'My dashboard': 'Il mio: #1', Flow: 'Flusso' })
  expect(title).toBe('Il mio: #1')
  expect(charts.map(({ id }) => id)).toEqual(['success_ratio', 'executions', 'over_time', 'states', 'recent'])
  expect(charts.at(-1)?.data?.columns.flow?.displayName).toBe('Flusso')
})

test('what would end a value in a map is quoted', async () => {
  const { charts } = await written({ Flow: 'Flow, or more' })
  expect(charts.at(-1)?.data?.columns.flow?.displayName).toBe('Flow, or more')
})
