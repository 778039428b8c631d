import { TextInput, UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { useMemo, useRef, useState } from 'react'
import { counted, t } from '../language'
import { useEditing } from './editing'
import { FieldRow } from './FieldRow'
import type { Schema } from './schema'
import { fieldsOf, isSet, type Field } from './shape'
import type { Path } from './text'

interface Props {
  /** What is known of the map. */
  object: Schema | undefined
  value: unknown
  path: Path
  /** Names that are shown elsewhere. */
  hidden?: readonly string[]
  /** Names in the order in which they stand first, set or not. */
  first?: readonly string[]
  /** Whether nothing else is shown. */
  isOnlyFirst?: boolean
}

const NONE: readonly string[] = []

/** All properties of a map: what must be there, what is there, and, folded, what may be there. */
export function Fields({ object, value, path, hidden = NONE, first = NONE, isOnlyFirst = false }: Props) {
  const { definitions } = useEditing()
  const [isOpen, setOpen] = useState(false)
  const fields = useMemo(() => fieldsOf(object, value, definitions).filter(({ name }) => !hidden.includes(name)), [object, value, definitions, hidden])
  // What is set while all are shown stays where it is: a field does not leave from under what is typed.
  const upper = useRef(new Set<string>())
  for (const { name, isRequired, value: set } of fields) if (isRequired || (isSet(set) && !isOpen)) upper.current.add(name)
  const isUpper = ({ name }: Field) => upper.current.has(name) || first.includes(name)
  const place = ({ name }: Field) => (first.includes(name) ? first.indexOf(name) : first.length)
  const above = fields.filter(isUpper).filter(({ name }) => !isOnlyFirst || first.includes(name)).toSorted((a, b) => place(a) - place(b))
  const more = isOnlyFirst ? [] : fields.filter((field) => !isUpper(field))
  return (
    <>
      {above.map((field) => <FieldRow key={field.name} field={field} path={path} />)}
      {more.length > 0 && <More fields={more} path={path} isOpen={isOpen} onOpen={setOpen} />}
    </>
  )
}

interface MoreProps {
  fields: readonly Field[]
  path: Path
  isOpen: boolean
  onOpen: (isOpen: boolean) => void
}

const SEARCHED_FROM = 6

function More({ fields, path, isOpen, onOpen }: MoreProps) {
  const [text, setText] = useState('')
  const wanted = text.trim().toLowerCase()
  const found = wanted ? fields.filter(({ name }) => name.toLowerCase().includes(wanted)) : fields
  return (
    <section className="form-more" aria-label={t`More properties`}>
      <UnstyledButton className="form-fold" aria-expanded={isOpen} onClick={() => onOpen(!isOpen)}>
        {isOpen ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />} {t`More properties`} <span className="form-quiet">{counted(fields.length, 'property', 'properties')}</span>
      </UnstyledButton>
      {isOpen && fields.length >= SEARCHED_FROM && (
        <TextInput value={text} placeholder={t`Find a property`} aria-label={t`Find a property`} onChange={(event) => setText(event.currentTarget.value)} />
      )}
      {isOpen && found.map((field) => <FieldRow key={field.name} field={field} path={path} />)}
      {isOpen && !found.length && <p className="form-quiet">{t`No property has that in its name.`}</p>}
    </section>
  )
}
