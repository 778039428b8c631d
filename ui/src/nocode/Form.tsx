import { Alert, Button, UnstyledButton } from '@mantine/core'
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { variantChoices } from './choices'
import { EditingContext, useEditing, type Editing } from './editing'
import { Fields } from './Fields'
import './nocode.css'
import { crumbsTo, placeOf, schemaAt, within } from './places'
import { isMap, shapesOf, variantOf, type FlowSchema, type Variant } from './schema'
import { objectOf } from './shape'
import { UnreadableText, withValue, type Path } from './text'
import { ChoiceList } from './TypeChooser'
import { useFlowSchema } from './useFlowSchema'
import { useShown } from './useShown'

export interface FormProps {
  source: string
  /** Of what it is the form; the flow's own is empty. */
  path: Path
  onChange: (source: string) => void
  /** Names of properties that cannot be changed. */
  locked?: readonly string[]
  /** Goes to something inside, or back; without, the form does so itself. */
  onOpen?: (path: Path) => void
  /** Whether the flow's form leaves out its tasks and triggers. */
  isMetadata?: boolean
}

const NONE: readonly string[] = []

/** A task, a trigger, an input or the whole flow as fields. Each change goes into the text at once. */
export default function Form(props: FormProps) {
  const { schema, error } = useFlowSchema()
  if (error) return <ErrorBox error={error} />
  return schema ? <Known {...props} schema={schema} /> : <p aria-busy>{t`Loading …`}</p>
}

/** Where the form is: where it is told to be, or where one went in it since. */
function usePlace(path: Path, onOpen: FormProps['onOpen']): [Path, (path: Path) => void] {
  const [gone, setGone] = useState<{ from: Path; to: Path }>()
  return onOpen ? [path, onOpen] : [gone?.from === path ? gone.to : path, (to) => setGone({ from: path, to })]
}

/** Who went elsewhere in a form is there with the keyboard, too. */
function useFocusOn(place: Path) {
  const box = useRef<HTMLDivElement>(null)
  const isMoved = useRef(false)
  useLayoutEffect(() => {
    if (!isMoved.current) return
    isMoved.current = false
    box.current?.focus({ preventScroll: true })
    box.current?.parentElement?.scrollTo({ top: 0 })
  }, [place])
  return {
    box,
    moved: () => {
      isMoved.current = true
    },
  }
}

function Known({ source, path, onChange, locked = NONE, onOpen, isMetadata = false, schema }: FormProps & { schema: FlowSchema }) {
  const { source: shown, flow, fault } = useShown(source)
  const [wanted, go] = usePlace(path, onOpen)
  const { box, moved } = useFocusOn(wanted)
  const open = (to: Path) => {
    moved()
    go(to)
  }
  const place = useMemo(() => placeOf(schema, flow, wanted), [schema, flow, wanted])
  const latest = useRef({ source, onChange })
  useLayoutEffect(() => {
    latest.current = { source, onChange }
  }, [source, onChange])
  const [refused, setRefused] = useState<string>()
  const edit = useCallback((change: (source: string) => string) => {
    const { current } = latest
    try {
      const next = change(current.source)
      setRefused(undefined)
      if (next !== current.source) {
        current.source = next
        current.onChange(next)
      }
      return true
    } catch (failure) {
      if (!(failure instanceof UnreadableText)) throw failure
      setRefused(failure.message)
      return false
    }
  }, [])
  const editing: Editing = { source: shown, schema, definitions: schema.definitions, edit, open, locked: place.length ? NONE : locked, base: place }
  return (
    <EditingContext value={editing}>
      {place.length > 0 && <Crumbs schema={schema} flow={flow} place={place} isMetadata={isMetadata} />}
      {(fault ?? refused) !== undefined && <Alert color="red" variant="outline" role="alert" py={6} mb="xs" title={fault === undefined ? t`This cannot be changed here` : t`The text cannot be read at the moment`}>{fault ?? refused}</Alert>}
      <div ref={box} tabIndex={-1} className="form" inert={fault !== undefined} data-stale={fault !== undefined || undefined}>
        {place.length ? <Thing key={place.join('/')} place={place} flow={flow} /> : <OfFlow flow={flow} isMetadata={isMetadata} />}
      </div>
    </EditingContext>
  )
}

function Crumbs({ schema, flow, place, isMetadata }: { schema: FlowSchema; flow: unknown; place: Path; isMetadata: boolean }) {
  const { open } = useEditing()
  const crumbs = crumbsTo(schema, flow, place)
  return (
    <nav className="form-crumbs" aria-label={t`Place in the flow`}>
      <UnstyledButton className="form-link" onClick={() => open([])}>{isMetadata ? t`Properties of the flow` : t`Flow`}</UnstyledButton>
      {crumbs.map(({ path, via, name }, index) => (
        <span key={path.join('/')}>
          {' › '}{via && <span className="form-quiet mono">{via} › </span>}
          {index < crumbs.length - 1 ? <UnstyledButton className="form-link mono" onClick={() => open(path)}>{name}</UnstyledButton> : <span className="mono" aria-current="location">{name}</span>}
        </span>
      ))}
    </nav>
  )
}

const IN_ORDER = ['id', 'namespace', 'description', 'labels', 'inputs', 'tasks', 'triggers', 'errors', 'finally', 'outputs', 'variables']
const METADATA = ['id', 'namespace', 'description', 'labels', 'inputs', 'outputs', 'variables', 'retry', 'concurrency', 'pluginDefaults', 'disabled', 'sla', 'checks']
/** The server's own. */
const COUNTED = ['revision', 'deleted']

function OfFlow({ flow, isMetadata }: { flow: unknown; isMetadata: boolean }) {
  const { schema, definitions } = useEditing()
  const object = objectOf({ $ref: schema.$ref }, flow, definitions)
  const hidden = useMemo(() => COUNTED.filter((name) => !isMap(flow) || flow[name] === undefined), [flow])
  return <Fields object={object} value={flow} path={NONE} hidden={hidden} first={isMetadata ? METADATA : IN_ORDER} isOnlyFirst={isMetadata} />
}

const TYPE: readonly string[] = ['type']

/** An item: its type, which says what else it has, and its properties. */
function Thing({ place, flow }: { place: Path; flow: unknown }) {
  const { schema, definitions } = useEditing()
  const told = schemaAt(schema, flow, place)
  const value = within(flow, place)
  const choice = told && shapesOf(told, definitions).find((shape) => shape.kind === 'variants')
  return (
    <>
      {choice && <Type place={place} value={value} variants={choice.variants} />}
      <Fields object={told && objectOf(told, value, definitions)} value={value} path={place} hidden={choice ? TYPE : NONE} />
    </>
  )
}

function Type({ place, value, variants }: { place: Path; value: unknown; variants: readonly Variant[] }) {
  const { edit } = useEditing()
  const [isChoosing, setChoosing] = useState(false)
  const type = isMap(value) ? String(value.type ?? '') : ''
  const variant = variantOf(variants, value)
  const choose = (name: string) => {
    setChoosing(false)
    edit((source) => withValue(source, [...place, 'type'], name))
  }
  return (
    <div className="form-type">
      <code className="mono">{type || t`no type yet`}</code>{' '}
      <Button variant="default" size="compact-xs" aria-expanded={isChoosing} onClick={() => setChoosing(!isChoosing)}>{t`Change the type`}</Button>
      {!variant && type && <p className="form-note">{t`No type ${type} is known here: its properties are shown as YAML.`}</p>}
      {variant?.schema.title && /\s/.test(variant.schema.title) && <p className="form-quiet">{variant.schema.title}</p>}
      {isChoosing && <ChoiceList choices={variantChoices(variants)} onChoose={choose} onCancel={() => setChoosing(false)} />}
    </div>
  )
}

export { Form }
