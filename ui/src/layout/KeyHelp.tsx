import { Kbd, Modal, Table } from '@mantine/core'

const KEYS: readonly [string, string][] = [
  ['Ctrl K', 'Jump to a flow, an execution or a page'],
  ['/', 'Go to the filter of the page'],
  ['J, K', 'Next and previous row of a list'],
  ['Enter', 'Open the chosen row'],
  ['Ctrl S', 'Save the flow in the editor'],
  ['Ctrl Enter', 'Start the execution in the dialog'],
  ['?', 'This list'],
]

export function KeyHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Modal opened={isOpen} onClose={onClose} title="Keys">
      <Table>
        <Table.Tbody>
          {KEYS.map(([key, effect]) => (
            <Table.Tr key={key}>
              <Table.Td>
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
