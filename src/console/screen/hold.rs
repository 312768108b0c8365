//! Holding the pointer in the widget, for guests that take movements only.
//!
//! GTK 4 can neither hold a pointer nor move it. On X11 the server can, and
//! does so for a connection of our own: barriers around the widget, and moves
//! back to its middle before an edge is reached. On Wayland only the
//! compositor could; there the pointer leaves at the edge.

use std::{
    error::Error,
    sync::mpsc::{Receiver, Sender, channel},
    time::{Duration, Instant},
};

use gdk4_x11::{X11Display, X11Surface};
use gtk::{gdk, graphene, prelude::*, subclass::prelude::*};
use relm4::gtk;
use x11rb::{
    NONE,
    connection::Connection,
    protocol::{
        xfixes::{BarrierDirections, ConnectionExt as _},
        xproto::{ConnectionExt as _, Window},
    },
    rust_connection::RustConnection,
};

use super::Screen;

/// What the thread that talks to the X server is to do. Its end lets go.
enum Order {
    /// Keep the pointer in this part of a window, and put it in the middle.
    Hold { window: Window, area: Area },
    /// Move the pointer by that much.
    Move { dx: i16, dy: i16 },
}

/// A part of a window, in device pixels.
#[derive(Clone, Copy)]
struct Area {
    x: i16,
    y: i16,
    width: i16,
    height: i16,
}

/// A pointer that is held. Dropping it lets go.
pub(super) struct Hold {
    orders: Sender<Order>,
    /// What can be seen of the widget, in its own pixels.
    visible: graphene::Rect,
    /// A move that is on its way back as an event, in the widget's pixels.
    moving: Option<((f64, f64), Instant)>,
}

/// How long a move may take to come back.
const RETURN: Duration = Duration::from_millis(200);

impl Hold {
    /// The pointer came in from elsewhere.
    pub(super) fn entered(&mut self) {
        self.moving = None;
    }

    /// The way from one position of the pointer to the next, without the moves
    /// that were made from here.
    pub(super) fn way(&mut self, from: (f64, f64), to: (f64, f64)) -> (f64, f64) {
        let way = (to.0 - from.0, to.1 - from.1);
        let Some((moved, since)) = self.moving else { return way };
        let rest = (way.0 - moved.0, way.1 - moved.1);
        // A hand may move meanwhile; the move itself is far longer.
        if rest.0.hypot(rest.1) > way.0.hypot(way.1) {
            if since.elapsed() > RETURN {
                self.moving = None;
            }
            return way;
        }
        self.moving = None;
        rest
    }

    /// Moves the pointer back where it comes near an edge.
    pub(super) fn keep_off_edges(&mut self, at: (f64, f64), scale: f64) {
        let middle = self.visible.center();
        let (x, y) = (f64::from(middle.x()), f64::from(middle.y()));
        let away = (x - at.0, y - at.1);
        let (wide, high) = (f64::from(self.visible.width()), f64::from(self.visible.height()));
        if self.moving.is_some() || (away.0.abs() < wide / 4.0 && away.1.abs() < high / 4.0) {
            return;
        }
        self.moving = Some((away, Instant::now()));
        let _ =
            self.orders.send(Order::Move { dx: whole(away.0 * scale), dy: whole(away.1 * scale) });
    }
}

impl Screen {
    /// Holds the pointer if the guest has it and takes movements only; lets go
    /// of it otherwise.
    pub(super) fn sync_hold(&self) {
        let imp = self.imp();
        if !self.has_pointer() || imp.absolute.get() || !self.is_mapped() {
            imp.hold.take();
            return;
        }
        let Some((window, visible, area)) = self.window_part() else { return };
        let orders = imp.hold.take().map(|hold| hold.orders);
        let Some(orders) = orders.or_else(|| start(&self.display())) else { return };
        let middle = visible.center();
        let (x, y) = imp.position.get();
        let way = (f64::from(middle.x()) - x, f64::from(middle.y()) - y);
        let moving = Some((way, Instant::now()));
        if orders.send(Order::Hold { window, area }).is_ok() {
            imp.hold.replace(Some(Hold { orders, visible, moving }));
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a widget is some thousand pixels large")]
    /// What can be seen of the widget: in its own pixels, and in its X window's.
    fn window_part(&self) -> Option<(Window, graphene::Rect, Area)> {
        let native = self.native()?;
        let surface = native.surface()?.downcast::<X11Surface>().ok()?;
        let mut visible = graphene::Rect::new(0.0, 0.0, self.width() as f32, self.height() as f32);
        if let Some(frame) = self.ancestor(gtk::ScrolledWindow::static_type()) {
            visible = frame.compute_bounds(self)?.intersection(&visible)?;
        }
        let corner = self.compute_point(&native, &visible.top_left())?;
        let (left, top) = native.surface_transform();
        let scale = self.device_scale();
        let device = |length: f64| whole(length * scale);
        let area = Area {
            x: device(f64::from(corner.x()) + left),
            y: device(f64::from(corner.y()) + top),
            width: device(visible.width().into()),
            height: device(visible.height().into()),
        };
        Some((Window::try_from(surface.xid()).ok()?, visible, area))
    }
}

fn whole(length: f64) -> i16 {
    #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
    let length = length.round() as i16;
    length
}

/// Starts the thread; nothing without an X server.
fn start(display: &gdk::Display) -> Option<Sender<Order>> {
    let name = display.downcast_ref::<X11Display>()?.name().to_string();
    let (sender, orders) = channel();
    let body = move || {
        if let Err(error) = obey(&name, &orders) {
            tracing::warn!("the pointer cannot be held: {error}");
        }
    };
    std::thread::Builder::new().name("pointer".into()).spawn(body).ok()?;
    Some(sender)
}

/// Does what is ordered. The X server takes the barriers away at the end of
/// the connection.
fn obey(display: &str, orders: &Receiver<Order>) -> Result<(), Box<dyn Error>> {
    let (server, screen) = RustConnection::connect(Some(display))?;
    let root = server.setup().roots[screen].root;
    server.xfixes_query_version(5, 0)?.reply()?;
    let mut barriers = Vec::new();
    for order in orders {
        match order {
            Order::Hold { window, area } => {
                for barrier in barriers.drain(..) {
                    server.xfixes_delete_pointer_barrier(barrier)?;
                }
                let corner = server.translate_coordinates(window, root, area.x, area.y)?.reply()?;
                let edge = |at: i16| u16::try_from(at).unwrap_or(0);
                let (left, top) = (edge(corner.dst_x), edge(corner.dst_y));
                let right = edge(corner.dst_x.saturating_add(area.width));
                let bottom = edge(corner.dst_y.saturating_add(area.height));
                let (x, y) = (area.x + area.width / 2, area.y + area.height / 2);
                server.warp_pointer(NONE, window, 0, 0, 0, 0, x, y)?;
                for (x1, y1, x2, y2) in [
                    (left, top, right, top),
                    (left, bottom, right, bottom),
                    (left, top, left, bottom),
                    (right, top, right, bottom),
                ] {
                    let id = server.generate_id()?;
                    let both = BarrierDirections::default();
                    server.xfixes_create_pointer_barrier(id, root, x1, y1, x2, y2, both, &[])?;
                    barriers.push(id);
                }
            }
            Order::Move { dx, dy } => {
                server.warp_pointer(NONE, NONE, 0, 0, 0, 0, dx, dy)?;
            }
        }
        server.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{
        sync::mpsc::channel,
        time::{Duration, Instant},
    };

    use gtk::graphene;
    use relm4::gtk;

    use super::{Hold, Order};

    #[test]
    fn the_way_back_to_the_middle_is_no_movement() {
        let (orders, ordered) = channel();
        let visible = graphene::Rect::new(0.0, 0.0, 400.0, 400.0);
        let mut hold = Hold { orders, visible, moving: None };
        assert_eq!(hold.way((200.0, 200.0), (290.0, 200.0)), (90.0, 0.0));
        hold.keep_off_edges((290.0, 200.0), 1.0);
        assert!(ordered.try_recv().is_err(), "not before it is near");
        hold.keep_off_edges((310.0, 200.0), 2.0);
        assert!(matches!(ordered.try_recv(), Ok(Order::Move { dx: -220, dy: 0 })));
        // Two more movements that the server had seen before, then the way back.
        assert_eq!(hold.way((310.0, 200.0), (320.0, 200.0)), (10.0, 0.0));
        hold.keep_off_edges((320.0, 200.0), 2.0);
        assert!(ordered.try_recv().is_err(), "one way back at a time");
        assert_eq!(hold.way((320.0, 200.0), (213.0, 201.0)), (3.0, 1.0));
        assert_eq!(hold.way((213.0, 201.0), (210.0, 201.0)), (-3.0, 0.0));
    }

    #[test]
    fn a_way_back_that_got_lost_is_not_waited_for() {
        let (orders, _ordered) = channel();
        let visible = graphene::Rect::new(0.0, 0.0, 400.0, 400.0);
        let long_ago = Instant::now().checked_sub(Duration::from_secs(1));
        let moving = long_ago.map(|then| ((-150.0, 0.0), then));
        let mut hold = Hold { orders, visible, moving };
        assert_eq!(hold.way((350.0, 200.0), (351.0, 200.0)), (1.0, 0.0));
        assert!(hold.moving.is_none());
    }
}
