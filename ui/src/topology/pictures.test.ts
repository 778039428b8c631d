import { expect, test } from 'vitest'
import { closedGraphOf, directionOf, Pictures } from './pictures'
import type { Direction, Placed } from './layout'

const flowOf = (count: number) => ({ tasks: Array.from({ length: count }, (_, index) => ({ id: `t${index}`, type: 'x.Log' })) })
const pictureOf = (direction: Direction): Placed => ({ direction, nodes: [], edges: [] })

test('a graph is placed once for each direction, whoever asks', async () => {
  const asked: Direction[] = []
  const pictures = new Pictures((_, direction) => {
    asked.push(direction)
    return Promise.resolve(pictureOf(direction))
  })
  const graph = closedGraphOf(flowOf(2))
  expect(pictures.ready(graph, 'RIGHT')).toBeUndefined()
  const both = await Promise.all([pictures.placed(graph, 'RIGHT'), pictures.placed(graph, 'RIGHT')])
  expect(both[0]).toBe(both[1])
  expect(pictures.ready(graph, 'RIGHT')).toBe(both[0])
  expect(pictures.ready(graph, 'DOWN')).toBeUndefined()
  await pictures.placed(graph, 'DOWN')
  expect(asked).toEqual(['RIGHT', 'DOWN'])
})

test('what could not be placed is tried again', async () => {
  let tries = 0
  const pictures = new Pictures((_, direction) => {
    tries += 1
    return tries === 1 ? Promise.reject(new Error('no worker')) : Promise.resolve(pictureOf(direction))
  })
  const graph = closedGraphOf(flowOf(1))
  await expect(pictures.placed(graph, 'DOWN')).rejects.toThrow('no worker')
  expect((await pictures.placed(graph, 'DOWN')).direction).toBe('DOWN')
  expect(pictures.ready(graph, 'DOWN')?.direction).toBe('DOWN')
})

test('the same flow has the same graph', () => {
  const flow = flowOf(3)
  expect(closedGraphOf(flow)).toBe(closedGraphOf(flow))
  expect(closedGraphOf(flowOf(3))).not.toBe(closedGraphOf(flow))
})

test('many tasks, and a narrow place, go down', () => {
  expect(directionOf(closedGraphOf(flowOf(7)), false)).toBe('RIGHT')
  expect(directionOf(closedGraphOf(flowOf(8)), false)).toBe('DOWN')
  expect(directionOf(closedGraphOf(flowOf(2)), true)).toBe('DOWN')
})
