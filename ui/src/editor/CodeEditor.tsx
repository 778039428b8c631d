import { useHotkeys } from '@mantine/hooks'
import { useEffect, useLayoutEffect, useRef } from 'react'
import { useCan } from '../api/capabilities'
import { folderOf, loadSchema, monaco, readBeforeKeys, SCROLLBAR, type SchemaKind } from './monaco'
import { t } from '../language'
import { preferences, usePreferences } from '../settings/preferences'
import { textBlocks } from './folding'
import type { OffersIn } from '../expressions/lookups'
import type { Insertion } from './insertion'
import { offerIn } from './offering'
import type { Cursor } from './places'
import type { Mark } from './problems'
import { smallestEdit } from './smallestEdit'
import { familyOf, useEditorTheme } from './editorLooks'

interface Props {
  value: string
  onChange?: (value: string) => void
  onSave?: () => void
  /** Ctrl+Enter, where it means something. */
  onConfirm?: (() => void) | undefined
  marks?: readonly Mark[]
  target?: Mark | undefined
  /** A line that is brought into sight, with the cursor; what has the focus keeps it. */
  sight?: { line: number } | undefined
  /** Is told where the cursor is, and whenever it moves. */
  onCursor?: ((cursor: Cursor) => void) | undefined
  /** A new one is written, and can be taken back as what is typed. */
  insertion?: Insertion | undefined
  language?: string
  /** What is offered besides what the schema knows. */
  offers?: OffersIn | undefined
  /** What completion and hover know the properties of. */
  schema?: SchemaKind | undefined
  /** One field of a form: nothing at its side, nothing offered, and Tab goes on to the next field. */
  isField?: boolean
  placeholder?: string | undefined
  height: string
  label: string
}

const FIELD = {
  lineNumbers: 'off', glyphMargin: false, folding: false, lineDecorationsWidth: 8, lineNumbersMinChars: 0, overviewRulerLanes: 0,
  tabFocusMode: true, quickSuggestions: false, wordBasedSuggestions: 'off', suggestOnTriggerCharacters: false, wordWrap: 'on', renderLineHighlight: 'none',
} as const
const SEVERITIES = { error: 8, warning: 4, info: 2 } as const
let models = 0

const cursorOf = ({ lineNumber, column }: { lineNumber: number; column: number }): Cursor => ({ line: lineNumber, column })

/** As if it were typed: it can be taken back. */
function insert(editor: ReturnType<typeof monaco.editor.create>, insertion: Insertion): void {
  const model = editor.getModel()
  if (!model) return
  const line = Math.min(insertion.line, model.getLineCount())
  const column = model.getLineMaxColumn(line)
  editor.pushUndoStop()
  editor.executeEdits('insertion', [{ range: new monaco.Range(line, column, line, column), text: `\n${insertion.text}` }])
  editor.pushUndoStop()
  const position = { lineNumber: line + 1, column: model.getLineFirstNonWhitespaceColumn(line + 1) }
  editor.setPosition(position)
  editor.revealPositionInCenterIfOutsideViewport(position)
  editor.focus()
}

/** What was changed elsewhere, as if it were typed: it can be taken back, and cursor and folds stay where they are. */
function adopt(editor: ReturnType<typeof monaco.editor.create>, value: string, isReadOnly: boolean): void {
  const model = editor.getModel()
  if (!model) return
  // Lines of a model end all in the same way.
  const edit = smallestEdit(model.getValue(), value.replace(/\r\n|\r|\n/g, model.getEOL()))
  if (!edit) return
  if (isReadOnly) return model.setValue(value)
  const [start, end] = [model.getPositionAt(edit.start), model.getPositionAt(edit.end)]
  editor.pushUndoStop()
  editor.executeEdits('outside', [{ range: monaco.Range.fromPositions(start, end), text: edit.text }])
  editor.pushUndoStop()
}

const fold = (editor: ReturnType<typeof monaco.editor.create>) => editor.trigger('keyboard', 'editor.fold', { levels: 1, selectionLines: textBlocks(editor.getValue()) })

/** A text editor; its marks are what the server found. */
export default function CodeEditor({ value, onChange, onSave, onConfirm, marks = [], target, sight, onCursor, insertion, language = 'yaml', offers, schema, isField = false, placeholder, height, label }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const editor = useRef<ReturnType<typeof monaco.editor.create>>(undefined)
  const handlers = useRef({ onChange, onSave, onConfirm, onCursor, offers })
  handlers.current = { onChange, onSave, onConfirm, onCursor, offers }
  const { editorFontSize, editorFont } = usePreferences()
  useEditorTheme()
  // What forms and pictures have changed is taken back where they are, too; in the text and in fields the keys are theirs.
  const travel = (which: 'undo' | 'redo') => () => {
    if (!isField && handlers.current.onChange && box.current?.offsetParent) editor.current?.trigger('page', which, null)
  }
  useHotkeys([['mod+Z', travel('undo')], ['mod+shift+Z', travel('redo')], ['mod+Y', travel('redo')]])
  const hasSchema = useCan('GET /api/v1/plugins/schemas/{}')
  useEffect(() => {
    if (!box.current) return
    models += 1
    const model = monaco.editor.createModel(value, language, monaco.Uri.parse(`${folderOf(schema)}${models}`))
    const made = monaco.editor.create(box.current, {
      model, automaticLayout: true, minimap: { enabled: false }, tabSize: 2, fontSize: preferences().editorFontSize, fontFamily: familyOf(preferences().editorFont), scrollBeyondLastLine: false,
      readOnly: !handlers.current.onChange, ariaLabel: label, fixedOverflowWidgets: true, renderLineHighlight: 'line', renderFinalNewline: 'on',
      quickSuggestions: { strings: true, comments: false, other: true }, padding: { top: 8 }, scrollbar: SCROLLBAR, foldingStrategy: 'indentation',
      ...(placeholder ? { placeholder } : {}), ...(isField ? FIELD : {}), ...(isField && handlers.current.offers ? { quickSuggestions: { strings: true, comments: false, other: true }, suggestOnTriggerCharacters: true } : {}),
    })
    readBeforeKeys(made, model)
    made.onDidChangeModelContent(() => handlers.current.onChange?.(model.getValue()))
    made.onDidChangeCursorPosition(({ position }) => handlers.current.onCursor?.(cursorOf(position)))
    // As actions, not as commands: those of the editor that was made last would count in all of them.
    // A field leaves the key to the page.
    if (!isField) made.addAction({ id: 'tiercel.save', label: t`Save`, keybindings: [monaco.KeyMod.CtrlCmd | monaco.KeyCode.KeyS], run: () => handlers.current.onSave?.() })
    if (handlers.current.onConfirm) made.addAction({ id: 'tiercel.confirm', label: t`Confirm`, keybindings: [monaco.KeyMod.CtrlCmd | monaco.KeyCode.Enter], run: () => handlers.current.onConfirm?.() })
    made.addAction({ id: 'tiercel.fold', label: t`Fold texts of several lines`, keybindings: [monaco.KeyCode.F10], run: () => fold(made) })
    const offersNoMore = offerIn(model, () => handlers.current.offers)
    editor.current = made
    if (preferences().foldsTexts && language === 'yaml' && !isField) fold(made)
    return () => {
      offersNoMore()
      made.dispose()
      model.dispose()
    }
    // The editor owns its text after it began; what comes from outside is set below.
  }, [language, label, schema, isField, placeholder])
  // At once: what is typed between a drawing and a later effect would be taken back.
  useLayoutEffect(() => {
    if (editor.current) adopt(editor.current, value, !handlers.current.onChange)
  }, [value])
  useEffect(() => editor.current?.updateOptions({ fontSize: editorFontSize, fontFamily: familyOf(editorFont) }), [editorFontSize, editorFont])
  useEffect(() => {
    if (hasSchema && schema) void loadSchema(schema)
  }, [hasSchema, schema])
  useEffect(() => {
    const model = editor.current?.getModel()
    if (!model) return
    monaco.editor.setModelMarkers(model, 'server', marks.map(({ severity, message, line, column }) => {
      const word = model.getWordAtPosition({ lineNumber: Math.min(line, model.getLineCount()), column })
      return {
        severity: SEVERITIES[severity], message, startLineNumber: line, startColumn: column, endLineNumber: line,
        endColumn: word?.endColumn ?? model.getLineMaxColumn(Math.min(line, model.getLineCount())),
      }
    }))
  }, [marks])
  useEffect(() => {
    if (!target || !editor.current) return
    const position = { lineNumber: target.line, column: target.column }
    editor.current.setPosition(position)
    editor.current.revealPositionInCenterIfOutsideViewport(position)
    editor.current.focus()
  }, [target])
  useEffect(() => {
    const model = editor.current?.getModel()
    if (!sight || !model || sight.line > model.getLineCount()) return
    const position = { lineNumber: sight.line, column: model.getLineFirstNonWhitespaceColumn(sight.line) || 1 }
    editor.current?.setPosition(position)
    editor.current?.revealPositionInCenterIfOutsideViewport(position)
  }, [sight])
  useEffect(() => {
    const start = editor.current?.getPosition()
    if (start) onCursor?.(cursorOf(start))
  }, [onCursor])
  useEffect(() => {
    if (insertion && editor.current) insert(editor.current, insertion)
  }, [insertion])
  return <div ref={box} className="panel" style={{ height, overflow: 'hidden' }} />
}
