//! Tiles to textures, textures to the screen.

use gtk::{gdk, glib, graphene, gsk, prelude::*, subclass::prelude::*};
use relm4::gtk::{
    self,
    cairo::{RectangleInt, Region},
};

use super::imp;
use crate::console::{
    frame::{PIXEL, Rect, TILE, Tile},
    geometry::Placement,
};

/// The guest's screen as GTK has it.
#[derive(Default)]
pub(super) struct Textures {
    generation: u64,
    size: (u32, u32),
    tiles: Vec<Option<gdk::Texture>>,
    /// In place of the tiles: a whole screen in a graphics card's memory, and whether
    /// its first row is the upper one.
    whole: Option<(gdk::Texture, bool)>,
}

/// A texture of a tile's pixels, which takes the place of `last`: where the two
/// are the same nothing is drawn.
pub(super) fn texture(tile: Tile, last: Option<&gdk::Texture>) -> Option<gdk::Texture> {
    let (width, height) = (i32::try_from(tile.width).ok()?, i32::try_from(tile.height).ok()?);
    let stride = tile.width as usize * PIXEL;
    let bytes = glib::Bytes::from_owned(tile.pixels);
    let mut builder = gdk::MemoryTextureBuilder::new()
        .set_bytes(Some(&bytes))
        // GTK's own format where it draws without a graphics card: from one without
        // alpha it converts each pixel by way of floating point numbers.
        .set_format(gdk::MemoryFormat::B8g8r8a8Premultiplied)
        .set_width(width)
        .set_height(height)
        .set_stride(stride);
    if let Some(last) = last.filter(|last| (last.width(), last.height()) == (width, height)) {
        let Rect { x, y, width, height } = tile.changed;
        let edge = |edge| i32::try_from(edge).ok();
        let changed = RectangleInt::new(edge(x)?, edge(y)?, edge(width)?, edge(height)?);
        builder = builder
            .set_update_texture(Some(last))
            .set_update_region(Some(&Region::create_rectangle(&changed)));
    }
    Some(builder.build())
}

/// Draws a screen in a graphics card's memory, whose first row may be the lowest.
fn append_card(
    snapshot: &gtk::Snapshot,
    texture: &gdk::Texture,
    upright: bool,
    filter: gsk::ScalingFilter,
    area: &graphene::Rect,
) {
    snapshot.save();
    if !upright {
        snapshot.translate(&graphene::Point::new(0.0, area.y() * 2.0 + area.height()));
        snapshot.scale(1.0, -1.0);
    }
    snapshot.append_scaled_texture(texture, filter, area);
    snapshot.restore();
}

impl imp::Screen {
    /// Makes textures of the tiles that changed; the others stay with the
    /// graphics card.
    pub(super) fn upload(&self) {
        let Some(remote) = self.remote.borrow().clone() else { return };
        if !self.obj().is_mapped() {
            // Nobody looks; the tiles stay marked.
            return;
        }
        let (mut changed, mut scanout) = (Vec::new(), None);
        let (mut size, mut generation) = ((0, 0), 0);
        remote.with_frame(&mut |frame| {
            changed = frame.take_dirty();
            scanout = frame.take_scanout();
            (size, generation) = (frame.size(), frame.generation());
        });
        let mut textures = self.textures.borrow_mut();
        let columns = size.0.div_ceil(TILE);
        if textures.generation != generation {
            let count = (columns * size.1.div_ceil(TILE)) as usize;
            *textures = Textures { generation, size, tiles: vec![None; count], whole: None };
            self.fresh.set(true);
        }
        if let Some(scanout) = scanout {
            match scanout.texture(&self.obj().display()) {
                Ok(texture) => textures.whole = Some((texture, scanout.layout.upright)),
                Err(error) => remote.cannot_show(error),
            }
            self.fresh.set(true);
        }
        for tile in changed {
            let index = (tile.row * columns + tile.column) as usize;
            if let Some(slot) = textures.tiles.get_mut(index) {
                *slot = texture(tile, slot.as_ref());
                self.fresh.set(true);
            }
        }
    }

    /// The screen as it is, where it is in a graphics card's memory.
    pub(super) fn card_picture(&self) -> Option<gdk::Texture> {
        let textures = self.textures.borrow();
        let (texture, upright) = textures.whole.as_ref()?;
        let snapshot = gtk::Snapshot::new();
        let size = |edge: i32| f32::from(i16::try_from(edge).unwrap_or(i16::MAX));
        let area = graphene::Rect::new(0.0, 0.0, size(texture.width()), size(texture.height()));
        append_card(&snapshot, texture, *upright, gsk::ScalingFilter::Nearest, &area);
        let renderer = self.obj().native()?.renderer()?;
        Some(renderer.render_texture(snapshot.to_node()?, Some(&area)))
    }

    /// Asks for the next update if the server waits for it.
    pub(super) fn pay(&self) {
        if self.obj().is_mapped() && self.owed.take() {
            self.obj().with_remote(|remote| remote.request_update());
        }
    }

    /// Where the guest's screen lies in the widget now.
    pub(super) fn placement(&self) -> Placement {
        let screen = self.obj();
        Placement::new(
            self.guest_size.get(),
            (screen.width().into(), screen.height().into()),
            screen.device_scale(),
            self.scaling.get(),
        )
    }

    /// How far the widget's corner is from a whole device pixel, in logical
    /// pixels. Not 0 only at fractional scales.
    fn misalignment(&self, scale: f64) -> (f64, f64) {
        let screen = self.obj();
        let Some(native) = screen.native() else { return (0.0, 0.0) };
        let Some(point) = screen.compute_point(&native, &graphene::Point::zero()) else {
            return (0.0, 0.0);
        };
        let (x, y) = native.surface_transform();
        let off = |at: f64| (at * scale - (at * scale).round()) / scale;
        (off(f64::from(point.x()) + x), off(f64::from(point.y()) + y))
    }

    #[expect(clippy::cast_possible_truncation, reason = "graphene works in f32")]
    pub(super) fn draw(&self, snapshot: &gtk::Snapshot) {
        let place = self.placement();
        let textures = self.textures.borrow();
        if textures.size.0 == 0 || textures.size != place.guest {
            return;
        }
        let filter = if place.is_whole() {
            gsk::ScalingFilter::Nearest
        } else if place.factor < 0.5 {
            gsk::ScalingFilter::Trilinear
        } else {
            gsk::ScalingFilter::Linear
        };
        // Pixel for pixel there is nothing to filter, which without a graphics
        // card would take another copy.
        let plain = place.is_whole() && (place.factor - 1.0).abs() < f64::EPSILON;
        let (off_x, off_y) = self.misalignment(place.scale);
        let x = |guest: u32| ((place.x + place.edge(guest)) / place.scale - off_x) as f32;
        let y = |guest: u32| ((place.y + place.edge(guest)) / place.scale - off_y) as f32;
        if let Some((texture, upright)) = &textures.whole {
            let (width, height) = textures.size;
            let area = graphene::Rect::new(x(0), y(0), x(width) - x(0), y(height) - y(0));
            return append_card(snapshot, texture, *upright, filter, &area);
        }
        let columns = textures.size.0.div_ceil(TILE);
        for (number, texture) in (0..).zip(&textures.tiles) {
            let Some(texture) = texture else { continue };
            let (left, top) = ((number % columns) * TILE, (number / columns) * TILE);
            let right = (left + TILE).min(textures.size.0);
            let bottom = (top + TILE).min(textures.size.1);
            let area = graphene::Rect::new(x(left), y(top), x(right) - x(left), y(bottom) - y(top));
            if plain {
                snapshot.append_texture(texture, &area);
            } else {
                snapshot.append_scaled_texture(texture, filter, &area);
            }
        }
    }
}
