//! The two files that hold one picture in many sizes: Windows' `.ico` and macOS's `.icns`, both made of PNGs.

use anyhow::{Context, Result};

/// An `.ico` of PNGs, each with its size in pixels (at most 256).
pub(crate) fn ico(pictures: &[(u32, Vec<u8>)]) -> Result<Vec<u8>> {
    const HEADER: usize = 6;
    const ENTRY: usize = 16;
    let count = u16::try_from(pictures.len()).context("too many pictures")?;
    let mut file = Vec::new();
    file.extend([0, 0, 1, 0]);
    file.extend(count.to_le_bytes());
    let mut offset = HEADER + ENTRY * pictures.len();
    for (size, png) in pictures {
        // 256 does not fit into the byte: it is written as 0.
        let side = if *size == 256 {
            0
        } else {
            u8::try_from(*size).context("no picture may be over 256 pixels")?
        };
        file.extend([side, side, 0, 0]);
        file.extend(1u16.to_le_bytes());
        file.extend(32u16.to_le_bytes());
        file.extend(length(png.len())?.to_le_bytes());
        file.extend(length(offset)?.to_le_bytes());
        offset += png.len();
    }
    pictures.iter().for_each(|(_, png)| file.extend(png));
    Ok(file)
}

/// An `.icns` of PNGs, each under its four-letter type.
pub(crate) fn icns(pictures: &[([u8; 4], Vec<u8>)]) -> Result<Vec<u8>> {
    const HEADER: usize = 8;
    let total = HEADER + pictures.iter().map(|(_, png)| HEADER + png.len()).sum::<usize>();
    let mut file = b"icns".to_vec();
    file.extend(length(total)?.to_be_bytes());
    for (kind, png) in pictures {
        file.extend(kind);
        file.extend(length(HEADER + png.len())?.to_be_bytes());
        file.extend(png);
    }
    Ok(file)
}

fn length(bytes: usize) -> Result<u32> {
    u32::try_from(bytes).context("too large a picture")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ico_tells_where_each_picture_lies() {
        let file = ico(&[(16, b"small".to_vec()), (256, b"large one".to_vec())]).unwrap();
        assert_eq!(&file[..6], [0, 0, 1, 0, 2, 0]);
        let entry = |index: usize| &file[6 + 16 * index..22 + 16 * index];
        assert_eq!(entry(0), [16, 16, 0, 0, 1, 0, 32, 0, 5, 0, 0, 0, 38, 0, 0, 0]);
        assert_eq!(entry(1), [0, 0, 0, 0, 1, 0, 32, 0, 9, 0, 0, 0, 43, 0, 0, 0]);
        assert_eq!(&file[38..], b"smalllarge one");
        assert!(ico(&[(512, vec![])]).is_err());
    }

    #[test]
    fn an_icns_tells_its_whole_length_and_that_of_each_picture() {
        let file = icns(&[(*b"ic07", b"abc".to_vec())]).unwrap();
        assert_eq!(file, b"icns\0\0\0\x13ic07\0\0\0\x0babc");
    }
}
