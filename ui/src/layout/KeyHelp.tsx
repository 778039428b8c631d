import { Kbd, Modal, Table } from '@mantine/core'
import { t } from '../language'
import { PLACES } from './pages'

const KEYS: readonly [string, string][] = [
  ['Ctrl K', t`Jump to a flow, an execution or a page`],
  ['/', t`Go to the filter of the page`],
  [t`G, then a letter`, PLACES.map(({ key, title }) => `${key.toUpperCase()} ${title}`).join(', ')],
  ['J, K', t`Next and previous row of a list`],
  ['Enter', t`Open the chosen row`],
  ['↑, ↓', t`Walk through the menu, once it has the focus`],
  ['↑, ↓, ←, →, +, −, 0', t`Move and zoom a topology, and show all of it, once it has the focus`],
  ['E, W', t`Next error and next warning in the log of an execution, with Shift the previous`],
  ['Ctrl E', t`Execute the flow, on its page and in its editor`],
  ['Ctrl S', t`Save the flow or the file in the editor`],
  ['Ctrl Space', t`Offer what may stand here, in the editor`],
  ['F9', t`Show or hide the documentation of what the cursor is in, in the editor of a flow`],
  ['F10', t`Fold the texts of several lines, in the editor`],
  ['F1', t`All commands of the editor: search, comment, move and copy lines`],
  ['↑, ↓, F2, Delete', t`Walk through the files of a namespace, rename and delete one, once it has the focus`],
  ['Ctrl Enter', t`Start the execution in the dialog; run the query on the Data page`],
  ['Esc', t`Close the dialog`],
  ['?', t`This list`],
]

export function KeyHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Modal opened={isOpen} onClose={onClose} title={t`Keys`}>
      <Table>
        <Table.Tbody>
          {KEYS.map(([key, effect]) => (
            <Table.Tr key={key}>
              <Table.Td style={{ whiteSpace: 'nowrap', verticalAlign: 'top' }}>
                <Kbd>{key}</Kbd>
              </Table.Td>
              <Table.Td>{effect}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  )
}
