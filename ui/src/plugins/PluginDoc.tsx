import { Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { part, request } from '../api/client'
import { ErrorBox } from '../parts/ErrorBox'
import { Copy, textOf } from '../parts/ValueTable'

interface Property {
  type?: string | string[]
  title?: string
  description?: string
  default?: unknown
  enum?: unknown[]
  $ref?: string
  $dynamic?: boolean
  $required?: boolean
  items?: Property
  anyOf?: Property[]
  pattern?: string
}

interface Shape {
  title?: string
  description?: string
  properties?: Record<string, Property>
  required?: string[]
  $examples?: { title?: string; code: string }[]
}

interface Doc {
  markdown?: string
  schema?: { properties?: Shape; outputs?: Shape }
}

export function PluginDoc({ cls }: { cls: string }) {
  const { data, error } = useQuery({ queryKey: ['plugin', cls], queryFn: () => request<Doc>(`/plugins/${part(cls)}`), staleTime: Infinity })
  if (error) return <ErrorBox error={error} />
  if (!data) return <p aria-busy>Loading …</p>
  const { properties, outputs } = data.schema ?? {}
  return (
    <article style={{ minWidth: 0 }}>
      <Text size="sm" mb="xs"><code className="mono">type: {cls}</code> <Copy text={`type: ${cls}`} /></Text>
      {properties?.title && <Text fw={600}>{properties.title}</Text>}
      {properties?.description && <Text size="sm" style={{ whiteSpace: 'pre-wrap' }}>{properties.description}</Text>}
      {properties?.$examples?.map((example, index) => (
        <section key={index} aria-label="Example">
          <Title order={2} mt="md" mb={4}>{example.title ?? 'Example'}</Title>
          <pre className="block mono">{example.code}</pre>
          <Copy text={example.code} />
        </section>
      ))}
      <Properties title="Properties" shape={properties} />
      <Properties title="Outputs" shape={outputs} />
    </article>
  )
}

function Properties({ title, shape }: { title: string; shape: Shape | undefined }) {
  const entries = Object.entries(shape?.properties ?? {})
  if (!entries.length) return null
  const isRequired = (name: string, property: Property) => property.$required === true || shape?.required?.includes(name)
  const ordered = entries.toSorted(([a, left], [b, right]) => Number(isRequired(b, right) ?? false) - Number(isRequired(a, left) ?? false))
  return (
    <section aria-label={title}>
      <Title order={2} mt="md" mb={4}>{title}</Title>
      <div className="panel">
        <Table>
          <Table.Tbody>
            {ordered.map(([name, property]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" style={{ verticalAlign: 'top', width: '32%', overflowWrap: 'anywhere' }}>
                  <span className="mono">{name}</span>{isRequired(name, property) ? ' *' : ''}
                  <Text size="xs" c="dimmed" fw={400}>{typeOf(property)}{property.$dynamic ? ', expressions' : ''}</Text>
                </Table.Th>
                <Table.Td>
                  {property.title} {property.description && <Text size="sm" style={{ whiteSpace: 'pre-wrap' }}>{property.description}</Text>}
                  {property.enum && <Text size="xs" c="dimmed">one of {property.enum.map(textOf).join(', ')}</Text>}
                  {property.default !== undefined && <Text size="xs" c="dimmed">default <code className="mono">{textOf(property.default)}</code></Text>}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  )
}

/** A template may stand for any value, so it is told once for all (`expressions`), not as one of the types. */
function typeOf({ type, $ref, items, anyOf }: Property): string {
  if ($ref) return $ref.slice($ref.lastIndexOf('/') + 1)
  if (anyOf) return [...new Set(anyOf.filter(({ pattern }) => !pattern).map(typeOf))].join(' or ')
  const name = Array.isArray(type) ? type.join(' or ') : (type ?? 'any')
  return items ? `${name} of ${typeOf(items)}` : name
}
