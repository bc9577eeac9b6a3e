//! Ids and tokens that nobody can guess.

use std::io;

/// As many random bytes from the system, in lower-case hexadecimal.
pub(crate) fn hex<const BYTES: usize>() -> io::Result<String> {
    use std::fmt::Write as _;

    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().fold(String::with_capacity(BYTES * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// The id of a new conversation.
pub(crate) fn conversation() -> io::Result<String> {
    Ok(format!("conv_{}", hex::<8>()?))
}

/// The token of one side.
pub(crate) fn token() -> io::Result<String> {
    hex::<32>()
}

/// The id of a new message.
pub(crate) fn uid() -> String {
    uuid::Uuid::new_v4().to_string()
}
