//! A history as a small filled curve, in the colours of the theme.

use std::cell::{Cell, RefCell};

use relm4::gtk::{self, gdk, glib, graphene, gsk, prelude::*, subclass::prelude::*};

use crate::model::HISTORY;

/// Natural size in pixels.
const WIDTH: i32 = 72;
const HEIGHT: i32 = 26;

mod imp {
    use super::{
        Cell, HEIGHT, ObjectImpl, ObjectSubclass, RefCell, WIDTH, WidgetImpl, draw, glib, gtk,
    };
    use relm4::gtk::subclass::prelude::*;

    #[derive(Debug, Default)]
    pub(crate) struct Sparkline {
        pub(super) samples: RefCell<Vec<f32>>,
        pub(super) shown_percent: Cell<Option<u8>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Sparkline {
        const NAME: &'static str = "PosadaSparkline";
        type Type = super::Sparkline;
        type ParentType = gtk::Widget;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("sparkline");
            class.set_accessible_role(gtk::AccessibleRole::Img);
        }
    }

    impl ObjectImpl for Sparkline {}

    impl WidgetImpl for Sparkline {
        fn measure(&self, orientation: gtk::Orientation, _for_size: i32) -> (i32, i32, i32, i32) {
            let size = if orientation == gtk::Orientation::Horizontal { WIDTH } else { HEIGHT };
            (size, size, -1, -1)
        }

        fn snapshot(&self, snapshot: &gtk::Snapshot) {
            draw(&self.obj(), snapshot, &self.samples.borrow());
        }
    }
}

glib::wrapper! {
    /// A curve of shares between 0 and 1, the newest at the right edge.
    pub(crate) struct Sparkline(ObjectSubclass<imp::Sparkline>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Sparkline {
    pub(crate) fn new() -> Self {
        glib::Object::builder().property("valign", gtk::Align::Center).build()
    }

    /// Shows `samples`; draws again only if they differ from those shown.
    pub(crate) fn set_samples(&self, samples: &[f32]) {
        let imp = self.imp();
        let same = *imp.samples.borrow() == samples;
        if same {
            return;
        }
        let mut kept = imp.samples.borrow_mut();
        kept.clear();
        kept.extend_from_slice(&samples[samples.len().saturating_sub(HISTORY)..]);
        drop(kept);
        self.queue_draw();
    }

    /// Whether the newest value, in per cent, is another one than at the last
    /// call: then the text beside the curve has to change, too.
    pub(crate) fn take_change(&self) -> bool {
        let now = self.percent();
        self.imp().shown_percent.replace(now) != now
    }

    /// The newest value in per cent.
    pub(crate) fn percent(&self) -> Option<u8> {
        self.imp().samples.borrow().last().map(|share| percent(*share))
    }
}

/// A share in per cent, whatever the hypervisor said.
pub(crate) fn percent(share: f32) -> u8 {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    // In range by the clamp.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let percent = (share * 100.0).round() as u8;
    percent
}

#[allow(clippy::cast_precision_loss)] // widget sizes and sample counts are small
fn draw(widget: &Sparkline, snapshot: &gtk::Snapshot, samples: &[f32]) {
    let (width, height) = (widget.width() as f32, widget.height() as f32);
    let colour = widget.color();
    // Nothing at all for a guest that does not run.
    if samples.is_empty() {
        return;
    }
    let base = graphene::Rect::new(0.0, height - 1.0, width, 1.0);
    snapshot.append_color(&faded(colour, 0.25), &base);
    let step = width / (HISTORY - 1) as f32;
    let first = width - step * (samples.len() - 1) as f32;
    let point = |(index, share): (usize, &f32)| {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        (first + step * index as f32, (height - 1.5) - share * (height - 3.0))
    };
    let line = gsk::PathBuilder::new();
    let area = gsk::PathBuilder::new();
    area.move_to(first, height);
    for (index, (x, y)) in samples.iter().enumerate().map(point).enumerate() {
        if index == 0 {
            line.move_to(x, y);
        } else {
            line.line_to(x, y);
        }
        area.line_to(x, y);
    }
    area.line_to(width, height);
    area.close();
    snapshot.append_fill(&area.to_path(), gsk::FillRule::Winding, &faded(colour, 0.2));
    snapshot.append_stroke(&line.to_path(), &gsk::Stroke::new(1.5), &colour);
}

fn faded(colour: gdk::RGBA, share: f32) -> gdk::RGBA {
    colour.with_alpha(colour.alpha() * share)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn any_share_becomes_a_percentage() {
        assert_eq!(percent(0.256), 26);
        assert_eq!(percent(7.0), 100);
        assert_eq!(percent(-1.0), 0);
        assert_eq!(percent(f32::NAN), 0);
        assert_eq!(percent(f32::INFINITY), 0);
    }
}
