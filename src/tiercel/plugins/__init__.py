"""The plugins that ship with Tiercel, a room each; ``index`` tells what there is."""
