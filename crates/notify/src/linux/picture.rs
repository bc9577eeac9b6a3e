//! The program's own icon as servers take it over the bus: the hint `image-data` of the desktop notifications specification.

use std::io::Cursor;

use zbus::Variant;

/// It goes along with every notice.
const SIDE_AT_MOST: u32 = 128;

/// Pixels with red, green, blue and alpha, row by row.
pub(super) struct Picture {
    width: i32,
    height: i32,
    rgba: Vec<u8>,
}

impl Picture {
    /// Nothing, when it is no such picture: notices do without.
    pub(super) fn read(png: &[u8]) -> Option<Self> {
        let mut reader = png::Decoder::new(Cursor::new(png)).read_info().ok()?;
        let head = reader.info();
        let (side, kind) = (head.width.max(head.height), (head.color_type, head.bit_depth));
        if side > SIDE_AT_MOST || kind != (png::ColorType::Rgba, png::BitDepth::Eight) {
            return None;
        }
        let (width, height) = (i32::try_from(head.width).ok()?, i32::try_from(head.height).ok()?);
        let mut rgba = vec![0; reader.output_buffer_size()?];
        reader.next_frame(&mut rgba).ok()?;
        Some(Self { width, height, rgba })
    }

    /// Width, height, bytes a row, whether it has alpha, bits a sample, samples a pixel, and the pixels.
    pub(super) fn hint(&self) -> Variant<'static> {
        Variant::new((self.width, self.height, 4 * self.width, true, 8i32, 4i32, self.rgba.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(side: u32, kind: png::ColorType) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, side, side);
        encoder.set_color(kind);
        let pixels = vec![7; (side * side) as usize * kind.samples()];
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        file
    }

    #[test]
    fn what_is_no_small_picture_in_colours_is_none() {
        assert!(Picture::read(&png(128, png::ColorType::Rgba)).is_some());
        assert!(Picture::read(&png(129, png::ColorType::Rgba)).is_none());
        assert!(Picture::read(&png(16, png::ColorType::Grayscale)).is_none());
        let cut = png(16, png::ColorType::Rgba);
        assert!(Picture::read(&cut[..cut.len() / 2]).is_none());
        assert!(Picture::read(b"").is_none());
    }
}
