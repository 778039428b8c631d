import { expect, test } from 'vitest'
import { renamed } from './ids'

const FLOW = `id: names # outputs.load is a note
namespace: a.b
inputs:
  - id: day
    type: DATE
  - id: until
    type: DATE
    dependsOn: {inputs: [day], condition: "{{ inputs.day }}"}
tasks:
  - id: dag
    type: a.Dag
    tasks:
      - task:
          id: load
          type: a.Log
          message: "outputs.load {{ inputs.day ~ 'inputs.day' }}"
      - task:
          id: load2
          type: a.Log
          message: |
            {{ outputs.load.value }} {{ outputs.load2.value }} {{outputs['load'].x}}
            {% if tasks.load.state == 'SUCCESS' %}{{ outputs.sub.outputs.load }}{% endif %}
          other: "{{ outputs[\\"load\\"].y ?? outputs.load }}"
          single: '{{ outputs.load }}'
        dependsOn:
          - load
`

test('a task has another name wherever it is referred to', () => {
  expect(renamed(FLOW, ['tasks', 0, 'tasks', 0, 'task'], 'fetch')).toBe(
    FLOW.replace('id: load\n', 'id: fetch\n')
      .replace('{{ outputs.load.value }}', '{{ outputs.fetch.value }}')
      .replace("outputs['load']", "outputs['fetch']")
      .replace('tasks.load.state', 'tasks.fetch.state')
      .replace('outputs[\\"load\\"].y ?? outputs.load', 'outputs[\\"fetch\\"].y ?? outputs.fetch')
      .replace("'{{ outputs.load }}'", "'{{ outputs.fetch }}'")
      .replace('- load\n', '- fetch\n'),
  )
})

test('a name that is no word stands in brackets', () => {
  const now = renamed(FLOW, ['tasks', 0, 'tasks', 0, 'task'], 'fetch-it')
  expect(now).toContain("{{ outputs['fetch-it'].value }}")
  expect(now).toContain(`'{{ outputs["fetch-it"] }}'`)
})

test('an input has another name in what depends on it', () => {
  expect(renamed(FLOW, ['inputs', 0], 'from')).toBe(
    FLOW.replace('- id: day', '- id: from').replace('[day], condition: "{{ inputs.day }}"', '[from], condition: "{{ inputs.from }}"').replace('inputs.day ~', 'inputs.from ~'),
  )
})

test('what had no name is only given one', () => {
  expect(renamed('id: x\ntasks:\n  - type: a.Log\n', ['tasks', 0], 'one')).toBe('id: x\ntasks:\n  - id: one\n    type: a.Log\n')
  expect(renamed(FLOW, ['tasks', 0], 'dag')).toBe(FLOW)
  expect(renamed('id: x # outputs\nt: "{{ outputs.x }}"\n', [], 'z')).toBe('id: z # outputs\nt: "{{ outputs.x }}"\n')
})
