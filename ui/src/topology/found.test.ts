import { expect, test } from 'vitest'
import { fitting, further, nodesIn } from './found'
import { graphOf } from './graph'

const task = (id: string, more: object = {}) => ({ id, type: 'io.kestra.plugin.core.log.Log', ...more })
const graph = graphOf({
  tasks: [task('load_jan'), { id: 'each', type: 'x.ForEach', tasks: [task('Load_feb'), task('tell')] }],
  triggers: [task('at_load')],
})

test('frames are no nodes of their own: the task that opens one is within', () => {
  expect(nodesIn(graph).map(({ id }) => id)).toEqual(['triggers/at_load', '/load_jan', '/each/.head', '/each/Load_feb', '/each/tell'])
})

test('a text finds ids that have it in them, whatever the case', () => {
  expect(fitting(nodesIn(graph), ' LOAD')).toEqual(['triggers/at_load', '/load_jan', '/each/Load_feb'])
  expect(fitting(nodesIn(graph), 'each')).toEqual(['/each/.head'])
})

test.each(['', '  ', 'nothing'])('%j finds nothing', (text) => {
  expect(fitting(nodesIn(graph), text)).toEqual([])
})

test('behind the last comes the first, and the other way round', () => {
  expect([further(0, 1, 3), further(2, 1, 3), further(0, -1, 3), further(0, 1, 0)]).toEqual([1, 0, 2, 0])
})
