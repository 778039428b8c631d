import { t } from '../language'

/** What the library of the pictures says of its own parts, in the language of the reader. Nodes and edges get no focus: it says nothing of them. */
export const HEARD = {
  'controls.ariaLabel': t`Picture`,
  'controls.zoomIn.ariaLabel': t`Zoom in`,
  'controls.zoomOut.ariaLabel': t`Zoom out`,
  'controls.fitView.ariaLabel': t`Show all of it`,
}
