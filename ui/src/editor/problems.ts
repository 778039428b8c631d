import type { Validation } from '../api/types'

type Severity = 'error' | 'warning' | 'info'

export interface Mark {
  severity: Severity
  message: string
  line: number
  column: number
}

/** What the server found in a flow, as marks; what has no place is told at the first line. */
export function marksOf(validation: Validation | undefined): Mark[] {
  if (!validation) return []
  const problems = (validation.problems ?? []).map((problem): Mark => {
    const where = problem.path ? `${problem.path}: ` : ''
    const hint = problem.hint ? ` (${problem.hint})` : ''
    return { severity: 'error', message: where + problem.message + hint, line: problem.line ?? 1, column: problem.column ?? 1 }
  })
  const plain = problems.length || !validation.constraints ? [] : [told('error')(validation.constraints)]
  return [...problems, ...plain, ...(validation.warnings ?? []).map(told('warning')), ...(validation.infos ?? []).map(told('info'))]
}

const PLACED = /^(?:line )?(\d+):(\d+):? (.*)$/s

function told(severity: Severity) {
  return (message: string): Mark => {
    const found = PLACED.exec(message)
    if (!found) return { severity, message, line: 1, column: 1 }
    return { severity, message: found[3] ?? message, line: Number(found[1]), column: Number(found[2]) }
  }
}
