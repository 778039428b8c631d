import { Kbd, Modal, Table } from '@mantine/core'
import { PLACES } from './pages'

const KEYS: readonly [string, string][] = [
  ['Ctrl K', 'Jump to a flow, an execution or a page'],
  ['/', 'Go to the filter of the page'],
  ['G, then a letter', PLACES.map(({ key, title }) => `${key.toUpperCase()} ${title}`).join(', ')],
  ['J, K', 'Next and previous row of a list'],
  ['Enter', 'Open the chosen row'],
  ['↑, ↓', 'Walk through the menu, once it has the focus'],
  ['↑, ↓, ←, →, +, −, 0', 'Move and zoom a topology, and show all of it, once it has the focus'],
  ['E, W', 'Next error and next warning in the log of an execution, with Shift the previous'],
  ['Ctrl E', 'Execute the flow, on its page and in its editor'],
  ['Ctrl S', 'Save the flow or the file in the editor'],
  ['Ctrl Space', 'Offer what may stand here, in the editor'],
  ['F9', 'Show or hide the documentation of what the cursor is in, in the editor of a flow'],
  ['F10', 'Fold the texts of several lines, in the editor'],
  ['F1', 'All commands of the editor: search, comment, move and copy lines'],
  ['Ctrl Enter', 'Start the execution in the dialog; run the query on the Data page'],
  ['Esc', 'Close the dialog'],
  ['?', 'This list'],
]

export function KeyHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Modal opened={isOpen} onClose={onClose} title="Keys">
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
