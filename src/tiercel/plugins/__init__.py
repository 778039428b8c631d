"""The plugins that ship with Tiercel, a room each; ``index`` says what there is without importing any."""
