//! A session bus that lives as long as its test.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

pub(crate) struct Bus {
    daemon: Child,
    address: String,
    folder: TempDir,
}

impl Bus {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (daemon, address) = spawn(folder.path());
        Self { daemon, address, folder }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn stop(&mut self) {
        let _ended_before = self.daemon.kill();
        let _ = self.daemon.wait();
        let _ = std::fs::remove_file(socket(self.folder.path()));
    }

    /// A new bus at the same address, as after the user's session was restarted.
    pub(crate) fn start_again(&mut self) {
        let (daemon, address) = spawn(self.folder.path());
        (self.daemon, self.address) = (daemon, address);
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.stop();
    }
}

fn socket(folder: &Path) -> std::path::PathBuf {
    folder.join("bus")
}

fn spawn(folder: &Path) -> (Child, String) {
    let config = folder.join("session.conf");
    let text = format!(
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
         \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\
         <busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>\
         <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\
         <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
        socket(folder).display()
    );
    std::fs::write(&config, text).expect("write the bus's configuration");
    let mut daemon = Command::new("dbus-daemon")
        .arg(format!("--config-file={}", config.display()))
        .args(["--nofork", "--print-address=1"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("dbus-daemon should start; install the package dbus");
    let mut address = String::new();
    let stdout = daemon.stdout.take().expect("its standard output");
    BufReader::new(stdout).read_line(&mut address).expect("its address");
    // Without the identity that it prints as well, which another daemon at this address wouldn't have.
    (daemon, address.trim().split(',').next().unwrap_or_default().to_owned())
}
