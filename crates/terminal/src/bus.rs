//! One call over D-Bus, with a time limit.

use serde::Serialize;
use tokio::time::timeout;
use zbus::wire::DynamicDeserialize;
use zbus::{Connection, DynamicType, connection};

use crate::LIMIT;

/// Calls a method on the session bus, or on the one with this address, and reads its answer.
pub(crate) fn call<B, R>(
    address: Option<&str>,
    name: &str,
    path: &str,
    interface: &str,
    method: &str,
    body: &B,
) -> Result<R, String>
where
    B: Serialize + DynamicType,
    R: for<'a> DynamicDeserialize<'a>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let calling = async {
        let connection = open(address).await?;
        let reply = connection.call_method(Some(name), path, Some(interface), method, body).await?;
        reply.body().deserialize::<R>()
    };
    match runtime.block_on(async { timeout(LIMIT, calling).await }) {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(crate::call::printable(&error.to_string())),
        Err(_) => Err(format!("{name} did not answer within {} s", LIMIT.as_secs())),
    }
}

async fn open(address: Option<&str>) -> zbus::Result<Connection> {
    match address {
        Some(address) => connection::Builder::address(address).build().await,
        None => connection::Builder::session().build().await,
    }
}
