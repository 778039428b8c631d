import { ItemsField } from './ItemsField'
import { ListField } from './ListField'
import { MapField } from './MapField'
import { NamedField, ObjectField, VariantField } from './ObjectField'
import { ChoiceField, ExpressionField, NumberField, SwitchField, TextField } from './plainFields'
import { isNamed, leads, type Field, type Look } from './shape'
import { useEditing } from './editing'
import type { Path } from './text'
import { YamlField } from './YamlField'

export interface BodyProps {
  field: Field
  /** Of its value. */
  path: Path
  id: string
  label: string
  /** The element that says more of it. */
  told: string | undefined
  isLocked?: boolean
  /** Whether it has just been added: one goes on typing there. */
  isFresh?: boolean
  /** What Enter does in a field of one line. */
  onEnter?: (() => void) | undefined
}

/** What a value is given with. */
export function Body({ look, ...rest }: BodyProps & { look: Look }) {
  const { definitions } = useEditing()
  switch (look.kind) {
    case 'text': return <TextField {...rest} />
    case 'number': return <NumberField {...rest} />
    case 'switch': return <SwitchField {...rest} />
    case 'choice': return <ChoiceField {...rest} values={look.values} />
    case 'list': return leads(look.of, definitions) ? <ItemsField {...rest} of={look.of} /> : <ListField {...rest} of={look.of} />
    case 'map': return <MapField {...rest} of={look.of} />
    case 'object': return <ObjectField {...rest} object={look.schema} />
    case 'variants': return isNamed(rest.field.schema, definitions) ? <NamedField {...rest} variants={look.variants} /> : <VariantField {...rest} variants={look.variants} />
    case 'expression': return <ExpressionField {...rest} />
    case 'any': case 'yaml': return <YamlField {...rest} />
  }
}
