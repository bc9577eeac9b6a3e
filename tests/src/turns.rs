//! Takes turns: heavy tests of all test programs on this machine share two places, measuring ones take both.

use std::fs::File;
use std::time::Duration;

/// A place that is held until this value is dropped.
#[derive(Debug)]
pub struct Turn {
    _places: Vec<File>,
}

impl Turn {
    /// One of the two places; waits for it.
    pub fn heavy() -> Self {
        loop {
            for number in 0..2 {
                let place = place(number);
                if place.try_lock().is_ok() {
                    return Self { _places: vec![place] };
                }
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Both places, for tests that measure times.
    pub fn alone() -> Self {
        let places = [place(0), place(1)];
        for place in &places {
            place.lock().expect("a lock in the temp folder");
        }
        Self { _places: places.into() }
    }
}

fn place(number: u8) -> File {
    let path = std::env::temp_dir().join(format!("peerwatch-tests-turn-{number}"));
    File::create(path).expect("a lock file in the temp folder")
}
