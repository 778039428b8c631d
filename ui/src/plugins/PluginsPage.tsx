import { Text, TextInput, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { pluginsQuery } from '../api/plugins'
import { t } from '../language'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { PageHead } from '../parts/PageHead'
import { shortType } from '../topology/graph'
import { groupsOf, kindOf } from './groups'
import { PluginDoc } from './PluginDoc'
import './plugins.css'

export default function PluginsPage() {
  const { cls } = useParams({ strict: false }) as { cls?: string }
  const [text, setText] = useState('')
  const { data, error } = useQuery(pluginsQuery)
  const groups = groupsOf(data ?? [], text)
  const list = useRef<HTMLElement>(null)
  // The list of hundreds shows where in it one is.
  useEffect(() => {
    const row = list.current?.querySelector<HTMLElement>('[aria-current]')
    if (!list.current || !row) return
    const place = row.offsetTop - list.current.offsetTop
    const { scrollTop, clientHeight } = list.current
    if (place < scrollTop || place > scrollTop + clientHeight - row.offsetHeight) list.current.scrollTop = place - clientHeight / 3
  }, [cls, data])
  return (
    <>
      <PageHead title={cls ? shortType(cls) : t`Plugins`} crumbs={cls && <Link to="/plugins">{t`Plugins`}</Link>} />
      <ErrorBox error={error} />
      <div className="plugins" data-open={cls || undefined}>
        <nav className="plugins-list" aria-label={t`Plugin types`} ref={list}>
          <TextInput aria-label={t`Search types`} placeholder={t`Search types`} data-filter value={text} onChange={(event) => setText(event.currentTarget.value)} mb="xs" />
          {data && groups.length === 0 && <Empty what="types" isFiltered={text !== ''} onClear={() => setText('')} />}
          {groups.map(({ name, types }) => (
            <section key={name}>
              <Title order={2} fz="xs" c="dimmed" mt="sm">{name}</Title>
              {types.map((type) => (
                <Link key={type} to={`/plugins/${type}`} className="plugin cut" title={type} aria-current={type === cls ? 'page' : undefined}>{shortType(type)}</Link>
              ))}
            </section>
          ))}
        </nav>
        {cls ? <PluginDoc key={cls} cls={cls} kind={kindOf(data ?? [], cls)} /> : <Text c="dimmed" className="only-wide">{t`Choose a type to see its properties, outputs and examples.`}</Text>}
      </div>
    </>
  )
}
