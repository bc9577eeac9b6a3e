//! `cargo xtask icons`: renders the icons from their SVG sources, into files that are kept with the project.

mod containers;

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};

use crate::process;
use crate::project::Project;
use crate::stamp::{Fingerprint, Stamp};

pub(crate) const HELP: &str = "\
Usage: cargo xtask icons

Renders icons/*.svg to icons/rendered, with rsvg-convert (Debian package
librsvg2-bin). What is rendered is kept with the project, so only who changes
a drawing needs this.";

/// What the tray can show.
const TRAY_STATES: &[&str] = &["calm", "needs-you", "paused", "cannot-see"];

/// The sizes that panels ask for, at one and two pixels a point.
const TRAY_SIZES: &[u32] = &[16, 22, 24, 32, 44, 48, 64];

/// The application's icon as single files: name and size.
const APP_FILES: &[(&str, u32)] =
    &[("32x32.png", 32), ("64x64.png", 64), ("128x128.png", 128), ("128x128@2x.png", 256), ("icon.png", 512)];

/// The sizes inside `icon.ico`.
const ICO_SIZES: &[u32] = &[16, 24, 32, 48, 64, 256];

/// The pictures inside `icon.icns`: type and size in pixels.
const ICNS_TYPES: &[(&[u8; 4], u32)] = &[
    (b"icp4", 16),
    (b"ic11", 32),
    (b"icp5", 32),
    (b"ic12", 64),
    (b"ic07", 128),
    (b"ic13", 256),
    (b"ic08", 256),
    (b"ic14", 512),
    (b"ic09", 512),
    (b"ic10", 1024),
];

pub(crate) fn task(project: &Project, args: Vec<String>) -> Result<ExitCode> {
    if !args.is_empty() {
        bail!("this task takes no arguments");
    }
    if process::on_path("rsvg-convert").is_none() {
        bail!("rsvg-convert is missing: on Debian and Ubuntu, `apt-get install librsvg2-bin`");
    }
    let folder = project.path("icons/rendered");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut written = 0;
    for (name, content) in render_all(project)? {
        let file = folder.join(name);
        std::fs::write(&file, content).with_context(|| format!("cannot write {}", file.display()))?;
        written += 1;
    }
    stamp(project).write(fingerprint(project))?;
    println!("{written} files in icons/rendered are as the drawings say.");
    Ok(ExitCode::SUCCESS)
}

/// Whether what is kept was rendered from the drawings as they are now.
pub(crate) fn are_rendered(project: &Project) -> bool {
    stamp(project).holds(fingerprint(project))
}

fn stamp(project: &Project) -> Stamp {
    Stamp::at(project.path("icons/rendered/drawings"))
}

fn fingerprint(project: &Project) -> Fingerprint {
    let mut drawings: Vec<_> =
        TRAY_STATES.iter().map(|state| project.path(&format!("icons/tray-{state}.svg"))).collect();
    drawings.push(project.path("icons/app.svg"));
    Fingerprint::of(project.root(), &drawings)
}

fn render_all(project: &Project) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for state in TRAY_STATES {
        let drawing = project.path(&format!("icons/tray-{state}.svg"));
        for size in TRAY_SIZES {
            files.push((format!("tray-{state}-{size}.png"), render(&drawing, *size)?));
        }
    }
    let app = project.path("icons/app.svg");
    for (name, size) in APP_FILES {
        files.push((name.to_string(), render(&app, *size)?));
    }
    let ico: Result<Vec<_>> = ICO_SIZES.iter().map(|size| Ok((*size, render(&app, *size)?))).collect();
    files.push(("icon.ico".to_owned(), containers::ico(&ico?)?));
    let icns: Result<Vec<_>> =
        ICNS_TYPES.iter().map(|(kind, size)| Ok((**kind, render(&app, *size)?))).collect();
    files.push(("icon.icns".to_owned(), containers::icns(&icns?)?));
    Ok(files)
}

fn render(drawing: &Path, size: u32) -> Result<Vec<u8>> {
    let size = size.to_string();
    let mut command = Command::new("rsvg-convert");
    command.args(["--width", &size, "--height", &size]).arg(drawing).stdin(Stdio::null());
    let output = command.output().with_context(|| format!("cannot start {}", process::shown(&command)))?;
    if !output.status.success() {
        bail!("{} failed: {}", process::shown(&command), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The size that a PNG's header states.
    fn size_of(png: &[u8]) -> (u32, u32) {
        assert_eq!(&png[1..4], b"PNG");
        let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        (number(16), number(20))
    }

    #[test]
    fn every_state_of_the_tray_is_kept_in_every_size() {
        let project = Project::find().unwrap();
        for state in TRAY_STATES {
            for size in TRAY_SIZES {
                let png =
                    std::fs::read(project.path(&format!("icons/rendered/tray-{state}-{size}.png"))).unwrap();
                assert_eq!(size_of(&png), (*size, *size), "{state}");
            }
        }
        for (name, size) in APP_FILES {
            let png = std::fs::read(project.path(&format!("icons/rendered/{name}"))).unwrap();
            assert_eq!(size_of(&png), (*size, *size), "{name}");
        }
    }
}
