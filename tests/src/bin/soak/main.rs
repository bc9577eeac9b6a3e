//! The long run: real sessions write to each other while sessions and the engine die. Prints what came of it, and fails
//! when a message was lost or doubled, or when something grew.

#![allow(clippy::expect_used, reason = "a run that cannot go on says why and stops")]

#[cfg(target_os = "linux")]
const HELP: &str = "\
Usage: soak [--minutes N] [--workers N]

  --minutes N   how long messages are sent (30)
  --workers N   how many sessions take part, two at least (10)

PEERWATCH_BIN_DIR names the folder of the programs that are tried.";

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    use std::process::ExitCode;

    let plan = match plan(std::env::args().skip(1)) {
        Ok(Some(plan)) => plan,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprintln!("{wrong}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let report = match peerwatch_tests::soak::run(plan) {
        Ok(report) => report,
        Err(missing) => {
            eprintln!("cannot run: {}", missing.0);
            return ExitCode::FAILURE;
        }
    };
    println!("{report}");
    let faults = report.faults();
    faults.iter().for_each(|fault| println!("FAULT: {fault}"));
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What the arguments ask for; `None` for help.
#[cfg(target_os = "linux")]
fn plan(mut words: impl Iterator<Item = String>) -> Result<Option<peerwatch_tests::soak::Plan>, String> {
    let (mut minutes, mut workers) = (30.0, 10);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} wants a number"));
        match word.as_str() {
            "-h" | "--help" => return Ok(None),
            "--minutes" => minutes = value()?.parse().map_err(|_| "--minutes wants a number".to_owned())?,
            "--workers" => workers = value()?.parse().map_err(|_| "--workers wants a number".to_owned())?,
            other => return Err(format!("{other} is no argument of the soak")),
        }
    }
    let span = std::time::Duration::try_from_secs_f64(minutes * 60.0).map_err(|error| error.to_string())?;
    if workers < 2 || span < std::time::Duration::from_secs(30) {
        return Err("two sessions and half a minute are the least".into());
    }
    Ok(Some(peerwatch_tests::soak::Plan { span, workers }))
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("The World in which the soak runs is built on Linux only.");
}
