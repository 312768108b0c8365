//! Where the guest's pixels go in the widget, and the way back.
//!
//! Lengths named `device` are in the pixels of the user's screen; the widget's
//! own are GTK's logical ones, `scale` of them apart.

/// How the guest's screen fits the widget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scaling {
    /// As large as the widget allows, keeping the ratio.
    #[default]
    Fit,
    /// One pixel of the guest on one of the screen.
    Original,
    /// As `Fit`, and the guest is asked to take the widget's size.
    ResizeGuest,
}

/// Where the guest's screen lies, in device pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Placement {
    /// Left edge.
    pub(crate) x: f64,
    /// Top edge.
    pub(crate) y: f64,
    /// Device pixels per pixel of the guest.
    pub(crate) factor: f64,
    /// The guest's size.
    pub(crate) guest: (u32, u32),
    /// Device pixels per logical pixel.
    pub(crate) scale: f64,
}

impl Placement {
    /// Places a guest's screen of `guest` pixels in a widget of `width` ×
    /// `height` logical pixels.
    pub(crate) fn new(
        guest: (u32, u32),
        (width, height): (f64, f64),
        scale: f64,
        scaling: Scaling,
    ) -> Self {
        let (guest_width, guest_height) = (f64::from(guest.0.max(1)), f64::from(guest.1.max(1)));
        let (width, height) = ((width * scale).round(), (height * scale).round());
        let factor = match scaling {
            Scaling::Original => 1.0,
            Scaling::Fit | Scaling::ResizeGuest => {
                (width / guest_width).min(height / guest_height).max(0.01)
            }
        };
        let x = ((width - (guest_width * factor).round()) / 2.0).floor().max(0.0);
        let y = ((height - (guest_height * factor).round()) / 2.0).floor().max(0.0);
        Self { x, y, factor, guest, scale }
    }

    /// The device edge of a guest column or row, on a whole device pixel so
    /// that neighbouring tiles meet without a seam.
    pub(crate) fn edge(self, guest: u32) -> f64 {
        (f64::from(guest) * self.factor).round()
    }

    /// Whether every pixel of the guest is a square of whole device pixels.
    pub(crate) fn is_whole(self) -> bool {
        (self.factor - self.factor.round()).abs() < 1e-6 && self.factor >= 0.5
    }

    /// The guest's pixel under a point of the widget, at the border for a
    /// point beside the guest's screen.
    pub(crate) fn guest_point(self, x: f64, y: f64) -> (u32, u32) {
        let to_guest = |at: f64, origin: f64, size: u32| {
            let value = ((at * self.scale - origin) / self.factor).floor();
            let last = f64::from(size.saturating_sub(1));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to 0..size, NaN gives 0"
            )]
            let value = value.clamp(0.0, last) as u32;
            value
        };
        (to_guest(x, self.x, self.guest.0), to_guest(y, self.y, self.guest.1))
    }
}

#[cfg(test)]
mod tests {
    use super::{Placement, Scaling};

    #[test]
    fn fit_keeps_the_ratio_and_centres() {
        let place = Placement::new((640, 480), (1280.0, 1000.0), 1.0, Scaling::Fit);
        assert!(place.is_whole());
        assert_eq!((place.x, place.y, place.factor), (0.0, 20.0, 2.0));
        assert_eq!(place.guest_point(0.0, 20.0), (0, 0));
        assert_eq!(place.guest_point(1279.0, 979.0), (639, 479));
    }

    #[test]
    fn a_fractional_scale_is_exact_in_device_pixels() {
        // 800 logical pixels at 1.25 are 1000 device pixels.
        let place = Placement::new((1000, 500), (800.0, 400.0), 1.25, Scaling::Fit);
        assert!(place.is_whole());
        assert_eq!((place.x, place.y, place.factor), (0.0, 0.0, 1.0));
        assert_eq!(place.guest_point(799.5, 399.5), (999, 499));
    }

    #[test]
    fn points_outside_stop_at_the_border() {
        let place = Placement::new((100, 100), (300.0, 100.0), 1.0, Scaling::Fit);
        assert_eq!(place.guest_point(-50.0, 500.0), (0, 99));
        assert_eq!(place.guest_point(f64::NAN, 0.0), (0, 0));
        assert_eq!(place.guest_point(299.0, 0.0), (99, 0));
    }

    #[test]
    fn original_size_ignores_the_room() {
        let place = Placement::new((640, 480), (100.0, 100.0), 2.0, Scaling::Original);
        assert_eq!((place.x, place.y, place.factor), (0.0, 0.0, 1.0));
        assert_eq!(place.guest_point(50.0, 50.0), (100, 100));
    }

    #[test]
    fn nothing_divides_by_zero() {
        let place = Placement::new((0, 0), (0.0, 0.0), 1.0, Scaling::Fit);
        assert_eq!(place.guest_point(10.0, 10.0), (0, 0));
    }

    #[test]
    fn neighbouring_edges_are_whole_and_in_order() {
        let place = Placement::new((1920, 1080), (1100.0, 720.0), 1.0, Scaling::Fit);
        let edges: Vec<f64> = (0..=7).map(|i| place.edge(i * 256)).collect();
        assert!(edges.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(edges.iter().all(|edge| edge.fract() == 0.0));
    }
}
