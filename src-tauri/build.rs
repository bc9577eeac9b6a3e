//! Prepares Tauri's context, and makes sure that the folder of the built page exists.

use std::{fs, io, path::Path};

/// The commands that the page may call; a capability allows them one by one.
const COMMANDS: &[&str] = &["view", "command", "subscribe"];

/// Shown in the window when the program was compiled before the page was built.
const PLACEHOLDER: &str = "<!doctype html><meta charset=\"utf-8\"><title>Peerwatch</title>\
<p>This Peerwatch was compiled before its window was built. Run <code>cargo xtask setup</code> and build again.</p>\n";

fn main() {
    if let Err(error) = prepare() {
        println!("cargo::error={error}");
    }
}

fn prepare() -> Result<(), Box<dyn std::error::Error>> {
    let page = Path::new("../ui/dist");
    println!("cargo::rerun-if-changed={}", page.display());
    place_page(page)?;
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))?;
    Ok(())
}

/// Tauri refuses to compile without the page's folder; a bare `cargo check` must not need Node.
fn place_page(folder: &Path) -> io::Result<()> {
    let index = folder.join("index.html");
    if !index.exists() {
        println!(
            "cargo::warning=the window is not built, a placeholder takes its place: run `cargo xtask setup`"
        );
        fs::create_dir_all(folder)?;
        fs::write(&index, PLACEHOLDER)?;
    }
    Ok(())
}
