//! A session bus of one's own, and the runtime on which the World's ends of it live.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use tokio::runtime::Runtime;
use zbus::Connection;
use zbus::connection::Builder;

use crate::process::Running;
use crate::scratch::Scratch;

/// A running `dbus-daemon`.
#[derive(Debug)]
pub struct Bus {
    address: String,
    runtime: Arc<Runtime>,
    _daemon: Running,
}

impl Bus {
    /// Starts the daemon with a configuration that allows everything to everyone on it.
    pub(super) fn start(scratch: &Scratch, program: &Path) -> Self {
        let configuration = scratch.path("bus.conf");
        let socket = scratch.path("run/bus");
        fs::write(&configuration, policy(&socket)).expect("the bus's configuration");
        let mut command = scratch.command(program);
        command.arg(format!("--config-file={}", configuration.display()));
        command.args(["--nofork", "--print-address=1"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut daemon = Running::start("dbus-daemon", &mut command);
        let mut address = String::new();
        let stdout = daemon.child().stdout.take().expect("the daemon's output");
        BufReader::new(stdout).read_line(&mut address).expect("the bus's address");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Self {
            address: address.trim().to_owned(),
            runtime: Arc::new(runtime.expect("a runtime")),
            _daemon: daemon,
        }
    }

    /// What belongs into `DBUS_SESSION_BUS_ADDRESS`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Who owns a name on this bus, if anybody does.
    pub fn owner_of(&self, name: &str) -> Option<String> {
        self.runtime.block_on(async {
            let connection = self.builder().build().await.ok()?;
            let names = zbus::fdo::DBusProxy::new(&connection).await.ok()?;
            let owner = names.get_name_owner(name.try_into().ok()?).await.ok()?;
            Some(owner.to_string())
        })
    }

    pub(super) fn builder(&self) -> Builder<'static> {
        Builder::address(self.address.as_str())
    }

    pub(super) fn runtime(&self) -> Arc<Runtime> {
        Arc::clone(&self.runtime)
    }

    /// A connection that serves what `build` puts on it.
    pub(super) fn connect(&self, build: impl FnOnce(Builder<'static>) -> Builder<'static>) -> Connection {
        self.runtime.block_on(build(self.builder()).build()).expect("a connection to the bus")
    }
}

fn policy(socket: &Path) -> String {
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#,
        socket.display()
    )
}
