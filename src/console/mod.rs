//! Layer 3: a guest's screen as a GTK widget.
