import { Button, Text, TextInput, Title } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { blueprintQuery, blueprintsQuery } from '../api/blueprints'
import { t } from '../language'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { Copy } from '../parts/ValueTable'

const TYPING_MS = 300

/** Flows that run as they are, to look something up in. */
export default function Examples() {
  const [chosen, choose] = useState<string>()
  return (
    <section className="source-picture source-aside panel" aria-label={t`Examples`} tabIndex={0}>
      {chosen === undefined ? <List onChoose={choose} /> : <Example id={chosen} onBack={() => choose(undefined)} />}
    </section>
  )
}

function List({ onChoose }: { onChoose: (id: string) => void }) {
  const [text, setText] = useState('')
  const [q] = useDebouncedValue(text, TYPING_MS)
  const { data, error } = useQuery(blueprintsQuery({ q }))
  return (
    <>
      <TextInput size="xs" mb="xs" aria-label={t`Search examples`} placeholder={t`Search examples`} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <ErrorBox error={error} />
      {data?.total === 0 && <Empty what="examples" isFiltered={text !== ''} onClear={() => setText('')} />}
      <ul className="source-examples">
        {data?.results.map(({ id, title, description }) => (
          <li key={id}>
            <button type="button" className="plain" onClick={() => onChoose(id)}><Text span size="sm" fw={600}>{title}</Text></button>
            {description && <Text size="xs" c="dimmed" lineClamp={2} px={4}>{description}</Text>}
          </li>
        ))}
      </ul>
    </>
  )
}

function Example({ id, onBack }: { id: string; onBack: () => void }) {
  const { data, error } = useQuery(blueprintQuery(id))
  return (
    <>
      <Button size="compact-xs" variant="default" mb="xs" onClick={onBack} autoFocus>{t`All examples`}</Button>
      <ErrorBox error={error} />
      {data && (
        <>
          <Title order={2} mb={4}>{data.title}</Title>
          {data.description && <Text size="sm" mb={6}>{data.description}</Text>}
          <Copy text={data.flow} label={t`copy the source`} />
          <pre className="block mono" style={{ maxHeight: 'none' }} tabIndex={0} aria-label={t`Source of ${data.title}`}>{data.flow}</pre>
        </>
      )}
    </>
  )
}
