//! The key to a display that another process uses, from the file that its environment names.
//!
//! The file (`Xauthority`) is a row of entries: a family as two bytes, then address, display number, kind of key and key,
//! each with its length as two bytes before it, the greater byte first.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;

use x11rb::rust_connection::{DefaultStream, RustConnection};

/// The family of keys that are good on one machine, and the one of keys that are good everywhere.
const LOCAL: u16 = 256;
const WILD: u16 = 65535;
const COOKIE: &[u8] = b"MIT-MAGIC-COOKIE-1";

/// Connects to a display; the number of its screen.
pub(super) fn connect(display: &str, authority: Option<&Path>) -> Result<(RustConnection, usize), String> {
    let is_our_own = authority.map(Path::as_os_str) == std::env::var_os("XAUTHORITY").as_deref();
    let key = authority.filter(|_| !is_our_own).and_then(|file| key(&fs::read(file).ok()?, number(display)?));
    match (key, socket(display)) {
        (Some(key), Some(socket)) => with_key(socket, key).map_err(|error| error.to_string()),
        _ => x11rb::connect(Some(display)).map_err(|error| error.to_string()),
    }
}

fn with_key(socket: UnixStream, key: Vec<u8>) -> Result<(RustConnection, usize), Box<dyn std::error::Error>> {
    let (stream, _peer) = DefaultStream::from_unix_stream(socket)?;
    Ok((RustConnection::connect_to_stream_with_auth_info(stream, 0, COOKIE.to_vec(), key)?, 0))
}

/// `:1` and `:1.0` are displays of this machine.
fn number(display: &str) -> Option<u16> {
    display.strip_prefix(':')?.split('.').next()?.parse().ok()
}

fn socket(display: &str) -> Option<UnixStream> {
    UnixStream::connect(format!("/tmp/.X11-unix/X{}", number(display)?)).ok()
}

/// The key to this display of this machine.
fn key(file: &[u8], display: u16) -> Option<Vec<u8>> {
    let (mut rest, display) = (file, display.to_string());
    let here = rustix::system::uname().nodename().to_bytes().to_vec();
    while !rest.is_empty() {
        let family = u16::from_be_bytes([take(&mut rest, 1)?[0], take(&mut rest, 1)?[0]]);
        let [address, number, kind, key] =
            [field(&mut rest)?, field(&mut rest)?, field(&mut rest)?, field(&mut rest)?];
        let is_here = family == WILD || (family == LOCAL && address == here);
        if is_here && (number.is_empty() || number == display.as_bytes()) && kind == COOKIE {
            return Some(key.to_vec());
        }
    }
    None
}

fn field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let [high, low] = *take(rest, 2)? else { return None };
    take(rest, usize::from(u16::from_be_bytes([high, low])))
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(family: u16, address: &[u8], number: &str, key: &[u8]) -> Vec<u8> {
        let mut bytes = family.to_be_bytes().to_vec();
        for field in [address, number.as_bytes(), COOKIE, key] {
            bytes.extend(u16::try_from(field.len()).unwrap().to_be_bytes());
            bytes.extend(field);
        }
        bytes
    }

    #[test]
    fn the_key_is_that_of_this_display_on_this_machine() {
        let here = rustix::system::uname().nodename().to_bytes().to_vec();
        let mut file = entry(LOCAL, b"elsewhere", "1", b"wrong machine");
        file.extend(entry(LOCAL, &here, "11", b"wrong display"));
        file.extend(entry(LOCAL, &here, "1", b"right"));
        assert_eq!(key(&file, 1).as_deref(), Some(&b"right"[..]));
        assert_eq!(key(&file, 2), None);
        assert_eq!(key(&file[..file.len() - 1], 1), None, "cut short");
        assert_eq!(key(&entry(WILD, b"", "", b"any"), 7).as_deref(), Some(&b"any"[..]));
        assert_eq!((number(":1.0"), number(":12"), number("host:1")), (Some(1), Some(12), None));
    }
}
