/** Flows that are written in unusual ways, for tests. */

export const AWKWARD: Record<string, string> = {
  'lists at the column of their key': `id: level
namespace: a.b
tasks:
- id: one
  type: a.Log
  # belongs to one
- id: two   # behind two
  type: a.Each
  values:
  - 1
  - "2"

  tasks:
  - id: three
    type: a.Log
# between
triggers:
- id: daily
  type: a.Schedule
# the end
`,
  'braces and brackets': `id: flow
namespace: "a.b"
labels: {team: x, 'quoted key': y, empty: , "n": null}
inputs: [{id: a, type: STRING}, {id: b, type: INT, defaults: 3}]
tasks:
  - {id: one, type: a.Log, message: "hi, {{ inputs.a }}"} # behind
  - id: two
    type: a.Log
    values: [
      one, # first
      two,
      three,
    ]
    pair: [a: 1, b]
    nested: {a: [1, {b: 2}], c: {d: {}}, e: []}
`,
  'JSON': `{
  "id": "json",
  "namespace": "a.b",
  "tasks": [
    {"id": "one", "type": "a.Log"},
    {
      "id": "two",
      "type": "a.Log"
    }
  ]
}
`,
  'texts of several lines': `id: texts
description: >-
    folded
    text

    with a gap
tasks:
  - id: one
    type: a.Shell
    script: |2
        deeper first
      then less
    kept: |+
      ends with lines


    other: |-   # a comment
      no end
    plain: several
      words
      here
    quoted: "several
      words

      here"
    single: 'it''s
      so'
  - |
    an item
    of lines
  - >
    another
    # no comment

  - last
`,
  'items on the following line': `id: below
tasks:
  -
    id: one
    type: a.Log
  # between
  -   id: wide
      type: a.Log

      more: yes
  - # behind the dash
    id: three
    type: a.Log
matrix:
  - - a
    - b
  - - c
  -
    - d
`,
  'keys of all kinds': `id: keys
variables:
  1: one
  "two words": 2
  'three': 3
  ? four
  : 4
  empty:
  tilde: ~
  "{{ key }}": 5
  true: 6
  octal: 010
  big: 1_000
  time: 12:30
  nothing: {}
  none: []
tasks:
  - id: one
    type: a.Log
    url: http://x.y/z#fragment
    message: a # comment
    tab:	behind
`,
  'comments everywhere': `# head of all

# head of the id
id: comments # behind the id
# above the namespace
namespace: a.b

# about inputs
inputs: # behind inputs
  # above the first

  # directly above the first
  - id: a # behind a
    # within a
    type: STRING
      # deep below a
  # above b
  - id: b
    type: INT # behind int

    # at the end of b

  # at the end of inputs
# at the left

# ---- section ----

tasks:

  - id: one

    type: a.Log


  - id: two
    type: a.If
    condition: "{{ true }}"

    # about then
    then:
      - id: three
        type: a.Log

  # the last words
`,
}

/** One in which values stand for others. */
export const ANCHORS = `id: anchors
variables: &vars
  one: &one 1
  list: &list
    - a
    - b
copies:
  first: *one
  second: *list
  third: *one
base: &base {a: 1, b: {c: 2}}
merged:
  <<: *base
  d: 3
`
