/**
 * Editing a flow's text by paths: only what must change does; comments, blank lines, quotes and indentation elsewhere stay as they are.
 * All throw `UnreadableText` where the text is no YAML map, and `RefusedEdit`, which is one, where an edit would break it.
 */

export { withItem, without, withText, withValue, swapped } from './edits'
export { lineAt, pathAt, textAt, valueAt } from './reads'
export { RefusedEdit, UnreadableText, type Path } from './reading'
