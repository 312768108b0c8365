"""A window with a file to drag out of it, as a file manager has: dragged.py FILE."""

import sys
from pathlib import Path

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk  # noqa: E402

window = Gtk.Window(title="dragged")
window.set_default_size(200, 100)
window.add(Gtk.Label(label=sys.argv[1]))
window.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
window.drag_source_add_uri_targets()
window.connect("drag-data-get", lambda _w, _c, data, *_: data.set_uris([Path(sys.argv[1]).as_uri()]))
window.connect("destroy", Gtk.main_quit)
window.show_all()
Gtk.main()
