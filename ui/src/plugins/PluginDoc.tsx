import { Button, Group, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef, type ReactNode } from 'react'
import { pluginQuery, type Property, type Shape } from '../api/plugins'
import { rich, t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { Markdown } from '../parts/Markdown'
import { Copy, textOf } from '../parts/ValueTable'
import { KIND_NAMES, type Kind } from './groups'
import './plugins.css'
import { isRequired, markedIn, reachable, refsOf, tellingTitle, typeOf, type Marked } from './shapes'

interface Props {
  cls: string
  kind: Kind
  /** Names that lead to the property that is marked. */
  path?: readonly string[]
  /** What may be done with an example; by default it begins a new flow. */
  actOn?: (code: string) => ReactNode
}

const NOWHERE: readonly string[] = []

/** The page of a type. */
export function PluginDoc({ cls, kind, path = NOWHERE, actOn }: Props) {
  const { data, error } = useQuery(pluginQuery(cls))
  if (error) return <ErrorBox error={error} />
  if (!data) return <p aria-busy>{t`Loading …`}</p>
  const { properties, outputs, definitions = {} } = data.schema ?? {}
  const examples = properties?.$examples ?? []
  const marked = markedIn(properties, definitions, path)
  const own = marked?.definition === undefined ? marked?.name : undefined
  return (
    <article style={{ minWidth: 0 }}>
      <Group justify="space-between" mb="xs" gap="xs">
        <Text size="sm"><Text span c="dimmed">{KIND_NAMES[kind]}</Text> <code className="mono">type: {cls}</code> <Copy text={`type: ${cls}`} /></Text>
        {examples.length === 0 && !actOn && <Insert cls={cls} />}
      </Group>
      {properties?.title && <Text fw={600}>{properties.title}</Text>}
      {properties?.description && <Markdown text={properties.description} />}
      {examples.map(({ title, code }, index) => (
        <section key={index} aria-label={t`Example`}>
          <Title order={2} mt="md" mb={4}>{title ?? t`Example`}</Title>
          <pre className="block mono" tabIndex={0} aria-label={t`Example: ${title ?? cls}`}>{code}</pre>
          <Group gap="sm" mt={4}><Copy text={code} /> {actOn ? actOn(code) : <Insert cls={cls} example={index} />}</Group>
        </section>
      ))}
      <Properties title={t`Properties`} shape={properties} marked={own} />
      <Properties title={t`Outputs`} shape={outputs} />
      {reachable([properties, outputs], definitions).map((name) => <Definition key={name} name={name} shape={definitions[name] as Property} marked={nameIn(marked, name)} />)}
    </article>
  )
}

function Insert({ cls, example }: { cls: string; example?: number }) {
  return (
    <Button size="compact-xs" variant="default" component={Link} to="/flows/new" search={{ plugin: cls, ...(example === undefined ? {} : { example: String(example) }) } as never}>
      {t`Insert into a new flow`}
    </Button>
  )
}

const nameIn = (marked: Marked | undefined, definition: string) => (marked?.definition === definition ? marked.name : undefined)

const anchorOf = (name: string) => `definition-${name}`

interface DefinitionProps {
  name: string
  shape: Property
  marked: string | undefined
}

function Definition({ name, shape, marked }: DefinitionProps) {
  return (
    <section aria-label={name} id={anchorOf(name)}>
      <Title order={2} mt="md" mb={4}>{name}</Title>
      {shape.description && <Markdown text={shape.description} />}
      {shape.enum && <Text size="sm">{rich`one of ${<code key="values" className="mono">{shape.enum.map(textOf).join(', ')}</code>}`}</Text>}
      <Rows shape={shape} marked={marked} />
    </section>
  )
}

interface PropertiesProps {
  title: string
  shape: Shape | undefined
  marked?: string | undefined
}

function Properties({ title, shape, marked }: PropertiesProps) {
  if (!Object.keys(shape?.properties ?? {}).length) return null
  return (
    <section aria-label={title}>
      <Title order={2} mt="md" mb={4}>{title}</Title>
      <Rows shape={shape as Shape} marked={marked} />
    </section>
  )
}

/** Properties, those that are required first. */
export function Rows({ shape, marked }: { shape: Shape; marked?: string | undefined }) {
  const entries = Object.entries(shape.properties ?? {})
  if (!entries.length) return null
  const ordered = entries.toSorted(([a, left], [b, right]) => Number(isRequired(b, right, shape)) - Number(isRequired(a, left, shape)))
  return (
    <div className="panel">
      <Table>
        <Table.Tbody>
          {ordered.map(([name, property]) => <Row key={name} name={name} property={property} isNeeded={isRequired(name, property, shape)} isMarked={name === marked} />)}
        </Table.Tbody>
      </Table>
    </div>
  )
}

interface RowProps {
  name: string
  property: Property
  isNeeded: boolean
  isMarked: boolean
}

function Row({ name, property, isNeeded, isMarked }: RowProps) {
  const row = useRef<HTMLTableRowElement>(null)
  useEffect(() => {
    if (isMarked && row.current) bringIntoView(row.current)
  }, [isMarked])
  const title = tellingTitle(name, property.title)
  const hasDefault = property.default !== undefined && property.default !== null
  return (
    <Table.Tr ref={row} className="plugin-row" aria-current={isMarked || undefined}>
      <Table.Th scope="row" style={{ verticalAlign: 'top', width: '32%', overflowWrap: 'anywhere' }}>
        <span className="mono" style={property.$deprecated ? { textDecoration: 'line-through' } : {}}>{name}</span>{isNeeded ? <span title={t`required`}> *</span> : ''}
        <Text size="xs" c="dimmed" fw={400}>{property.$dynamic ? t`${typeOf(property)}, expressions` : typeOf(property)}</Text>
      </Table.Th>
      <Table.Td style={{ verticalAlign: 'top', overflowWrap: 'anywhere' }}>
        {title} {property.description && <Markdown text={property.description} />}
        {property.enum && <Text size="xs" c="dimmed">{t`one of ${property.enum.map(textOf).join(', ')}`}</Text>}
        {hasDefault && <Text size="xs" c="dimmed">{rich`default ${<code key="value" className="mono">{textOf(property.default)}</code>}`}</Text>}
        {refsOf(property).map((ref) => <a key={ref} className="plugin-ref" href={`#${anchorOf(ref)}`} onClick={(event) => show(event, ref)}>{ref}</a>)}
      </Table.Td>
    </Table.Tr>
  )
}

/** Scrolls what the page stands in, and not the window. */
function bringIntoView(row: HTMLElement): void {
  const pane = row.closest<HTMLElement>('[data-pane]')
  if (!pane) return
  const place = row.getBoundingClientRect().top - pane.getBoundingClientRect().top
  if (place < 0 || place > pane.clientHeight - row.offsetHeight) pane.scrollTop += place - pane.clientHeight / 3
}

/** The address stays that of the page: going back leaves the type, not the place in it. */
function show(event: { preventDefault: () => void }, name: string): void {
  event.preventDefault()
  document.getElementById(anchorOf(name))?.scrollIntoView({ block: 'start' })
}
