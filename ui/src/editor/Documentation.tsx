import { Button, Text, Title } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo, type ReactNode } from 'react'
import { useCan } from '../api/capabilities'
import { ApiError } from '../api/client'
import { pluginQuery, pluginsQuery } from '../api/plugins'
import { rich, t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { Markdown } from '../parts/Markdown'
import { textOf } from '../parts/ValueTable'
import { kindOf } from '../plugins/groups'
import { PluginDoc, Rows } from '../plugins/PluginDoc'
import { markedIn, typeOf } from '../plugins/shapes'
import { shortType } from '../topology/graph'
import { insertionOf, isInsertable, type Insertion } from './insertion'
import { loadSchema } from './monaco'
import { framesAt, ownerOf, readWritten, type Cursor, type Owner } from './places'
import { toldIn, wholeIn, type EditorSchema, type Told } from './told'

const TYPING_MS = 150
const NOT_FOUND = 404

interface Props {
  source: string
  cursor: Cursor | undefined
  /** Undefined where the text can only be read. */
  onInsert: ((insertion: Insertion) => void) | undefined
}

/** What is to be known of the place that the cursor is in. */
export default function Documentation({ source, cursor, onInsert }: Props) {
  const [settled] = useDebouncedValue(source, TYPING_MS)
  const written = useMemo(() => readWritten(settled), [settled])
  const frames = useMemo(() => (cursor ? framesAt(written, cursor) : []), [written, cursor])
  const owner = ownerOf(frames)
  const hasSchema = useCan('GET /api/v1/plugins/schemas/{}')
  const schema = useQuery({ queryKey: ['editor-schema', 'flow'], queryFn: () => loadSchema('flow') as Promise<EditorSchema>, enabled: hasSchema, staleTime: Infinity, gcTime: Infinity })
  const told = useMemo(() => (schema.data ? toldIn(schema.data, frames) : undefined), [schema.data, frames])
  const whole = useMemo(() => (schema.data ? wholeIn(schema.data) : undefined), [schema.data])
  const insert = (item: Owner['item'], code: string) => item && onInsert?.(insertionOf(source, item, code))
  return (
    <section className="source-picture source-aside panel" data-pane aria-label={t`Documentation`} tabIndex={0}>
      {owner && <OfPlugin owner={owner} told={told} onInsert={onInsert && ((code) => insert(owner.item, code))} />}
      {!owner && told && <OfProperty told={told} />}
      {!owner && !told && (
        <>
          <Calm>{t`Put the cursor into a task, a trigger or a property: what there is to know of it stands here.`}</Calm>
          {whole && <><Title order={2} my="xs">{t`What a flow is made of`}</Title><Rows shape={whole} /></>}
        </>
      )}
    </section>
  )
}

const Calm = ({ children }: { children: ReactNode }) => <Text c="dimmed" size="sm">{children}</Text>

interface OfPluginProps {
  owner: Owner
  told: Told | undefined
  onInsert: ((code: string) => void) | undefined
}

/** The page of a type, at the property that the cursor is in; what all types have stands above. */
function OfPlugin({ owner: { type, path, item }, told, onInsert }: OfPluginProps) {
  const plugins = useQuery(pluginsQuery)
  const { data, error } = useQuery({ ...pluginQuery(type), retry: false })
  if (error instanceof ApiError && error.status === NOT_FOUND) return <Calm>{rich`No type ${<code key="type" className="mono">{type}</code>} is known here.`}</Calm>
  if (error) return <ErrorBox error={error} />
  if (!data || !plugins.data) return <p aria-busy>{t`Loading …`}</p>
  const isShown = markedIn(data.schema?.properties, data.schema?.definitions ?? {}, path) !== undefined
  const actOn = (code: string) => item && onInsert && isInsertable(code) && <Button size="compact-xs" variant="default" onClick={() => onInsert(code)}>{t`Insert below`}</Button>
  return (
    <>
      {told && !isShown && told.names[0] !== 'type' && <OfProperty told={told} />}
      <Title order={2} mb={4}><Link to={`/plugins/${type}`} target="_blank" title={t`Open its page in a new tab`}>{shortType(type)}</Link></Title>
      <PluginDoc key={type} cls={type} kind={kindOf(plugins.data, type)} path={path} actOn={actOn} />
    </>
  )
}

function OfProperty({ told: { names, property, within } }: { told: Told }) {
  return (
    <section aria-label={names.join(' › ')} className="source-told">
      <Title order={2} mb={4} className="mono">{names.join(' › ')}</Title>
      <Text size="xs" c="dimmed">{property.$dynamic ? t`${typeOf(property)}, expressions` : typeOf(property)}</Text>
      {property.description && <Markdown text={property.description} />}
      {property.enum && <Text size="xs" c="dimmed">{t`one of ${property.enum.map(textOf).join(', ')}`}</Text>}
      {within && <Rows shape={within} />}
    </section>
  )
}
