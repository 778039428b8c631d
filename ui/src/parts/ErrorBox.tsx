import { Alert, List, Text } from '@mantine/core'
import { ApiError } from '../api/client'

/** What the server said, all of it, with its hints. */
export function ErrorBox({ error }: { error: unknown }) {
  if (!error) return null
  const message = error instanceof Error ? error.message : String(error)
  const problems = error instanceof ApiError ? error.problems : []
  const hint = error instanceof ApiError ? error.hint : undefined
  const told = problems.filter((problem) => problem.hint || !message.includes(problem.message))
  return (
    <Alert color="red" variant="outline" role="alert" title={<span style={{ overflowWrap: 'anywhere' }}>{message}</span>} py={8}>
      {hint && <Text size="sm">{hint}</Text>}
      {told.length > 0 && (
        <List size="sm">
          {told.map((problem, index) => (
            <List.Item key={index}>
              {problem.message}
              {problem.hint ? ` — ${problem.hint}` : ''}
            </List.Item>
          ))}
        </List>
      )}
    </Alert>
  )
}
