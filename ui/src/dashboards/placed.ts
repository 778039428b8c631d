import { isNode, LineCounter, parseDocument } from 'yaml'
import type { Validation } from '../api/types'

/** `charts[0].data.type` as the steps to it. */
function stepsOf(path: string): (string | number)[] {
  return path.split('.').flatMap((part) => {
    const [name = '', ...places] = part.split('[')
    return [name, ...places.map((place) => Number.parseInt(place, 10))]
  })
}

/** Gives what is wrong its line and column where only its path is told; of what is missing, those of what it is missing in. */
export function placed(source: string, validation: Validation): Validation {
  if (!validation.problems?.length) return validation
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, logLevel: 'silent' })
  const placeOf = (path: string) => {
    const steps = stepsOf(path)
    for (let length = steps.length; length > 0; length -= 1) {
      const node = document.getIn(steps.slice(0, length), true)
      if (isNode(node) && node.range) return lines.linePos(node.range[0])
    }
    return undefined
  }
  const problems = validation.problems.map((problem) => {
    const place = problem.line === undefined && problem.path ? placeOf(problem.path) : undefined
    return place ? { ...problem, line: place.line, column: place.col } : problem
  })
  return { ...validation, problems }
}
