import 'monaco-editor/esm/vs/editor/editor.all.js'
import 'monaco-editor/esm/vs/basic-languages/python/python.contribution.js'
import 'monaco-editor/esm/vs/basic-languages/sql/sql.contribution.js'
import 'monaco-editor/esm/vs/basic-languages/shell/shell.contribution.js'
import 'monaco-editor/esm/vs/basic-languages/markdown/markdown.contribution.js'
import * as monaco from 'monaco-editor/esm/vs/editor/editor.api.js'
import { conf, language } from 'monaco-editor/esm/vs/basic-languages/yaml/yaml.js'
import EditorWorker from 'monaco-editor/esm/vs/editor/editor.worker.js?worker'
import { configureMonacoYaml } from 'monaco-yaml'
import { request } from '../api/client'
import YamlWorker from './yaml.worker?worker'

window.MonacoEnvironment = {
  getWorker: (_, label) => (label === 'yaml' ? new YamlWorker() : new EditorWorker()),
}

/** Texts that the server has a schema of; they are told from other YAML by the folder of their model's address. */
export type SchemaKind = 'flow' | 'dashboard'

export const folderOf = (kind: SchemaKind | undefined) => `inmemory://${kind ?? 'text'}s/`

const yaml = configureMonacoYaml(monaco, { schemas: [], validate: false, completion: true, hover: true, format: { enable: false } })

const schemas = new Map<SchemaKind, object>()
const asked = new Map<SchemaKind, Promise<object>>()

/** Gives texts of a kind completion and hover. Validation is the server's own, not the schema's, which may be large: it is fetched when such a text is first edited. */
export function loadSchema(kind: SchemaKind): Promise<object> {
  const loading = asked.get(kind) ?? request<object>(`/plugins/schemas/${kind}`).then((schema) => addSchema(kind, schema))
  asked.set(kind, loading)
  return loading
}

async function addSchema(kind: SchemaKind, schema: object): Promise<object> {
  schemas.set(kind, schema)
  await yaml.update({ schemas: [...schemas].map(([of, known]) => ({ uri: `${folderOf(of)}schema.json`, fileMatch: [`${folderOf(of)}*`], schema: known })) })
  return schema
}

monaco.languages.setMonarchTokensProvider('yaml', language)

// After `- id: x` the next property belongs to the same item: below its first one, not below the dash.
monaco.languages.setLanguageConfiguration('yaml', {
  ...conf,
  onEnterRules: [
    { beforeText: /^\s*-\s+[^\s:]+:\s+\S.*$/, action: { indentAction: monaco.languages.IndentAction.Indent } },
    { beforeText: /^\s*[^\s#].*:\s*[|>]?[+-]?\s*$/, action: { indentAction: monaco.languages.IndentAction.Indent } },
  ],
})

/** What of a model is not told in its types. */
interface Tokenized {
  tokenization: { forceTokenization: (line: number) => void }
}

/**
 * Has the lines up to the cursor read before a key is heard. They are read when the browser is idle, and of a line that is not read yet,
 * the rules above say nothing: Return would only keep its indentation, on a busy machine or in a long text.
 */
export function readBeforeKeys(editor: monaco.editor.IStandaloneCodeEditor, model: monaco.editor.ITextModel): void {
  const { tokenization } = model as monaco.editor.ITextModel & Tokenized
  editor.onKeyDown(() => {
    const lines = (editor.getSelections() ?? []).map(({ endLineNumber }) => endLineNumber)
    tokenization.forceTokenization(Math.max(1, ...lines))
  })
}

// Pale grounds, so that coloured words keep their contrast on changed lines.
const CHANGED = {
  'diffEditor.insertedTextBackground': '#00a86b18',
  'diffEditor.insertedLineBackground': '#00a86b12',
  'diffEditor.removedTextBackground': '#d0302018',
  'diffEditor.removedLineBackground': '#d0302012',
}

monaco.editor.defineTheme('tiercel-dark', {
  base: 'vs-dark', inherit: true, rules: [{ token: 'comment', foreground: '7fae6b' }], colors: { 'editor.background': '#16191d', ...CHANGED },
})
monaco.editor.defineTheme('tiercel-light', {
  base: 'vs', inherit: true, rules: [{ token: 'type.yaml', foreground: '00606f' }], colors: { 'editor.background': '#ffffff', ...CHANGED },
})

/** Slim: on a phone the usual ones would lie over the text. */
export const SCROLLBAR = { verticalScrollbarSize: 8, horizontalScrollbarSize: 8 }

// What a closed editor was still about to do it gives up, and nobody waits to be told: that is no error of the page.
window.addEventListener('unhandledrejection', (event) => {
  if (event.reason instanceof Error && event.reason.name === 'Canceled') event.preventDefault()
})

export { monaco }
