import { Alert } from '@mantine/core'
import type { Problem } from '../api/services'
import { counted, t } from '../language'

/** Each with what to do about it, the gravest first. */
export function Problems({ problems }: { problems: readonly Problem[] }) {
  if (!problems.length) return null
  return (
    <Alert variant="outline" color={problems.some(({ severity }) => severity === 'ERROR') ? 'red' : 'yellow'} role="alert" title={problems.length === 1 ? t`Something is wrong` : counted(problems.length, 'thing is wrong', 'things are wrong')}>
      <ul className="health-problems">
        {problems.map(({ message, hint, severity }) => (
          <li key={message} data-state={severity === 'ERROR' ? 'FAILED' : 'WARNING'}>
            <strong>{message}</strong>
            {hint && <div>→ {hint}</div>}
          </li>
        ))}
      </ul>
    </Alert>
  )
}
